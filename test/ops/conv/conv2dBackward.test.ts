import { expect, test } from "vitest";
import { conv2d, conv2dBackward, conv2dBackwardBias, conv2dBackwardFilter, conv2dBackwardInput } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

describeOnEachBackend("conv2dBackward", (backend) => {
  const options = { strides: 2, padding: [0, 1, 2, 0], groups: 2, inputLayout: "nchw", filterLayout: "oihw" } as const;
  const xShape = [2, 4, 9, 8];
  const wShape = [6, 2, 3, 3];
  const dyShape = oracle.conv2dOutputShape(xShape, wShape, options);

  test("gives the three gradients of its parts with the options of the forward", async () => {
    const x = upload(backend(), randomOperand(xShape, 1));
    const w = upload(backend(), randomOperand(wShape, 2));
    const bias = upload(backend(), randomOperand([6], 3));
    const dy = upload(backend(), randomOperand(dyShape, 4));
    const y = conv2d(x, w, { ...options, bias });
    expect(y.shape).toEqual(dyShape);
    const { dx, dw, db } = conv2dBackward(x, w, dy, { ...options, bias });
    expect([dx.shape, dw.shape, db.shape]).toEqual([xShape, wShape, [6]]);
    expect(await dx.read()).toEqual(await conv2dBackwardInput(dy, w, xShape, options).read());
    expect(await dw.read()).toEqual(await conv2dBackwardFilter(x, dy, wShape, options).read());
    expect(await db.read()).toEqual(await conv2dBackwardBias(dy, options).read());
  });

  test("leaves no memory behind if one of its parts is refused", () => {
    const x = upload(backend(), randomOperand(xShape, 1));
    const w = upload(backend(), randomOperand(wShape, 2));
    const dy = upload(backend(), randomOperand([2, 6, 1, 1], 4));
    const before = backend().memory();
    expect(() => conv2dBackward(x, w, dy, options)).toThrow(/dy is \[2, 6, 1, 1\]/);
    expect(backend().memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
  });
});
