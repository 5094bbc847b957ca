import { expect, test } from "vitest";
import { loadOnnx } from "webgpu-cnn/onnx";
import { describeOnEachBackend } from "../../support/backends.js";
import { channelsFirst, channelsLast, largestDifference } from "../support/arrays.js";
import { outputsOf } from "../support/run.js";
import attention from "./attention.json" with { type: "json" };
import fixed from "./fixed.json" with { type: "json" };
import lenet from "./lenet.json" with { type: "json" };
import residual from "./residual.json" with { type: "json" };
import unet from "./unet.json" with { type: "json" };

/** Nets as PyTorch 1.13 exports them; tools/onnx/pytorch.py writes them. */
const NETS = { attention, fixed, lenet, residual, unet };

describeOnEachBackend("Nets that PyTorch exports", (backend) => {
  test.each(Object.entries(NETS))("%s gives PyTorch's values, at two sizes", async (_, { model, cases }) => {
    const bytes = Uint8Array.from(atob(model), (letter) => letter.charCodeAt(0));
    const net = await loadOnnx(bytes, backend());
    for (const { x, y } of cases) {
      const { shape, data } = channelsLast({ shape: x.shape, data: Float32Array.from(x.data) });
      const input = backend().tensor(data, shape);
      const [output] = outputsOf(net, [input]);
      const actual = channelsFirst({ shape: output?.shape ?? [], data: (await output?.read()) ?? new Float32Array() });
      expect(largestDifference(actual, { shape: y.shape, data: Float32Array.from(y.data) })).toBeLessThan(1e-5);
      input.dispose();
      output?.dispose();
    }
    net.dispose();
  });
});
