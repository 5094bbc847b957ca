import { expect, test } from "vitest";
import { mul, reshape, sub, type Tensor } from "webgpu-cnn";
import { Dense, Layer, type Loss, type Metric, Sequential } from "webgpu-cnn/nn";
import { describeOnSampledBackends } from "../support/backends.js";
import { wrong } from "../support/refusals.js";

/** Gives back what it gets, so the outputs of a model are its inputs. */
class Same extends Layer {
  override call(x: Tensor): Tensor {
    return x;
  }
}

describeOnSampledBackends("losses and metrics", 2, (backend) => {
  /** Of outputs and labels that are given. */
  async function judged(
    outputs: readonly (readonly number[])[],
    labels: readonly number[],
    loss: Loss,
    metrics: readonly Metric[] = [],
  ) {
    const model = new Sequential([new Same()]).build(backend(), { inputShape: [outputs[0]?.length ?? 1] });
    model.compile({ loss, metrics });
    const result = await model.evaluate({ images: outputs, labels }, { batchSize: 2 });
    model.dispose();
    return result;
  }

  test("accuracy compares classes, and NaN is never right", async () => {
    const nan = Number.NaN;
    const outputs = [
      [1, 2, 3],
      [nan, nan, nan],
      [5, nan, 1],
      [4, 4, 1],
    ];
    const { metrics } = await judged(outputs, [2, 0, 0, 0], "softmaxCrossEntropy", ["accuracy"]);
    expect(metrics["accuracy"]).toBe(0.5);
    const rows = [0, 0, 1, 1, 0, 0, 1, 0, 0, 0.3, 0.6, 0.1];
    expect((await judged(outputs, rows, "softmaxCrossEntropy", ["accuracy"])).metrics["accuracy"]).toBe(0.25);
  });

  test("accuracy of one output is whether it is above a half, or above 0 for logits", async () => {
    const outputs = [[0.6], [0.4], [-3], [Number.NaN]];
    expect((await judged(outputs, [1, 1, 0, 1], "meanSquaredError", ["accuracy"])).metrics["accuracy"]).toBe(0.5);
    expect((await judged(outputs, [1, 1, 0, 1], "binaryCrossEntropy", ["accuracy"])).metrics["accuracy"]).toBe(0.75);
  });

  test("topK counts the outputs that are larger", async () => {
    const outputs = [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, Number.NaN, 3, 4],
      [9, 2, 3, 4],
    ];
    const { metrics } = await judged(outputs, [2, 1, 2, 0], "softmaxCrossEntropy", [{ name: "topK", k: 2 }]);
    expect(metrics["topK"]).toBe(0.5);
  });

  test("functions are losses and metrics", async () => {
    const gap = (output: Tensor, target: Tensor) => sub(reshape(output, target.shape), target);
    const squares = (output: Tensor, target: Tensor) => mul(gap(output, target), gap(output, target));
    const { loss, metrics } = await judged([[1], [2], [5], [5]], [1, 1, 1, 3], squares, [gap, "meanAbsoluteError"]);
    expect(loss).toBeCloseTo((0 + 1 + 16 + 4) / 4, 6);
    expect(metrics).toEqual({ gap: expect.closeTo(7 / 4, 6), meanAbsoluteError: expect.closeTo(7 / 4, 6) });
    await expect(judged([[1]], [1], () => wrong(3))).rejects.toThrow("the loss function gave 3, expected a tensor");
  });

  test("dice, huber and smoothed labels are Keras's", async () => {
    expect(
      (
        await judged(
          [
            [1, 0],
            [0.5, 0.5],
          ],
          [1, 0, 1, 0],
          "dice",
        )
      ).loss,
    ).toBeCloseTo(1 - (2 * 1.5) / 4, 5);
    expect((await judged([[3, 0]], [0, 0], { name: "huber", delta: 2 })).loss).toBeCloseTo((2 * 3 - 2) / 2, 5);
    const smoothed = await judged([[2, 0]], [0], { name: "softmaxCrossEntropy", labelSmoothing: 0.2 });
    const losses = [2, 0].map((logit) => Math.log(Math.exp(2) + 1) - logit);
    expect(smoothed.loss).toBeCloseTo(0.9 * (losses[0] ?? 0) + 0.1 * (losses[1] ?? 0), 5);
  });

  test("a model whose labels are one number for each pixel", async () => {
    const model = new Sequential([new Dense({ units: 3 })]).build(backend(), { inputShape: [2, 2, 1] });
    model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    const images = [1, 2, 3, 4, 5, 6, 7, 8].map((value) => value / 8);
    const dataset = { images: Float32Array.from(images), shape: [2, 2, 2, 1], labels: [0, 1, 2, 0, 0, 1, 2, 0] };
    const { metrics } = await model.evaluate(dataset);
    expect(metrics["accuracy"]).toBeGreaterThan(0);
    await model.fit(dataset);
    expect(() => model.fit({ ...dataset, labels: [0, 1] })).toThrow("expected 4 class numbers or 12 probabilities");
    model.dispose();
  });
});
