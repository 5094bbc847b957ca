import { testGuide } from "../support/guide.js";

/** A file with random weights, as PyTorch would write it. */
const TORCH = `
import { saveCheckpoint } from "webgpu-cnn/io";
{
  const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.01) });
  const tensors = {
    ...{ "conv1.weight": tensor(4, 1, 5, 5), "conv1.bias": tensor(4) },
    ...{ "fc.weight": tensor(10, 576), "fc.bias": tensor(10) },
  };
  await saveCheckpoint("torch.safetensors", { tensors, metadata: {} });
}
`;

testGuide("docs/guides/training.md", {
  given: TORCH,
  checks: {
    compile: "expect(model.stepsDone, 8);",
    fit: "expect(model.epochsDone, 4 + stopped.length);",
    "Evaluate and predict": "expect(shape.join(), '100,10');",
    "Save and load": `
      const whole = makeModel();
      await whole.fit(train, { epochs: 5, batchSize: 64 });
      const bitsOf = async (model: Sequential) => (await model.weights.get("dense.kernel")?.read())?.join();
      expect(await bitsOf(resumed), await bitsOf(whole));
      expect(resumed.stepsDone, 40);
      expect(result.loaded.length, 4);
    `,
  },
});
