import { expect, test } from "vitest";
import { kerasLayers } from "webgpu-cnn/keras";
import { onnxLayers } from "webgpu-cnn/onnx";
import { layersToGive } from "../../src/nn/files/otherEntries.js";

test("loadModel knows which entry has a layer, for all of them", () => {
  for (const name of Object.keys(kerasLayers)) {
    expect(layersToGive([name])).toBe("{ layers: kerasLayers } from webgpu-cnn/keras");
  }
  for (const name of Object.keys(onnxLayers)) {
    expect(layersToGive([name])).toBe("{ layers: onnxLayers } from webgpu-cnn/onnx");
  }
  expect(layersToGive(["Mine"])).toBe("{ layers: { Mine } }");
  expect(layersToGive(["ELU", "Mine", "OnnxOperator"])).toBe(
    "{ layers: { ...onnxLayers, ...kerasLayers, Mine } }, onnxLayers from webgpu-cnn/onnx, kerasLayers from webgpu-cnn/keras",
  );
});
