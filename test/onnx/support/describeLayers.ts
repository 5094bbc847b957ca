import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend, ShapeError } from "webgpu-cnn";
import { Conv2D, input, type Layer, Model } from "webgpu-cnn/nn";
import { OPSETS } from "../../../src/onnx/export/opsets.js";
import { isFull } from "../../support/sampling.js";
import { difference, scatter } from "./models.js";

const extent = fc.integer({ min: 3, max: 11 });
const options = fc.record({
  layout: fc.constantFrom("nchw" as const, "nhwc" as const),
  opset: fc.constantFrom(...OPSETS),
});

/** Builds a model, and tries it. @returns false if it does not take images of this size; then it has no weights */
function takes(backend: Backend, model: Model, shape: readonly number[]): boolean {
  try {
    model.build(backend);
    model.predict(backend.zeros([1, ...shape])).dispose();
    return true;
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    model.dispose();
    return false;
  }
}

/** Each layer alone, on images [H, W, 4], gives the same in ONNX Runtime as here. */
export function describeLayers(table: Readonly<Record<string, fc.Arbitrary<Layer>>>): void {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend({ kind: "cpu" });
  });
  afterAll(() => backend?.destroy());

  describe.each(Object.entries(table))("%s gives the same in ONNX Runtime", (_, layers) => {
    test.each(["fixed", "varying"] as const)("with %s extents, after a convolution and alone", async (kind) => {
      await fc.assert(
        fc.asyncProperty(layers, extent, extent, fc.boolean(), options, async (layer, h, w, after, options) => {
          const shape = [h, w, 4];
          const given = input(kind === "fixed" ? shape : [null, null, 4]);
          const x = after ? new Conv2D({ filters: 4, kernelSize: 1 }).apply(given) : given;
          const model = new Model({ inputs: given, outputs: layer.apply(x) });
          fc.pre(backend.tidy(() => takes(backend, model, shape)));
          scatter(model, h);
          expect(await difference(backend, model, [shape], { options })).toBeLessThan(1e-5);
          model.dispose();
        }),
        { numRuns: isFull ? 100 : 4 },
      );
    });
  });
}
