import { expect, test } from "vitest";
import { conv2d, reluBackward } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

// Tests of relu that the other elementwise operators do not have. See elementwise.test.ts.
describeOnEachBackend("reluBackward", (backend) => {
  test("gives the gradient of a ReLU that is fused into a convolution", async () => {
    const [x, w, dy] = [randomOperand([1, 6, 6, 2], 1), randomOperand([3, 3, 2, 4], 2), randomOperand([1, 4, 4, 4], 3)];
    const fused = await evaluate(backend(), () => {
      const y = conv2d(upload(backend(), x), upload(backend(), w), { activation: "relu" });
      return reluBackward(y, upload(backend(), dy));
    });
    const before = oracle.conv2d(x, w, {}).values;
    expect([...fused]).toEqual(Array.from(dy.data, (value, i) => (oracle.valueAt(before, i) > 0 ? value : 0)));
  });

  test("passes the gradient if its operand is positive or NaN", async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const y = { data: Float32Array.of(nan, nan, infinity, 0, 0, -0, 1, -1), shape: [8] };
    const dy = { data: Float32Array.of(3, nan, 4, nan, infinity, 5, nan, nan), shape: [8] };
    const dx = await evaluate(backend(), () => reluBackward(upload(backend(), y), upload(backend(), dy)));
    expect([...dx]).toEqual([3, nan, 4, 0, 0, 0, nan, 0]);
  });
});
