import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { existing } from "../../../src/core/objects.js";
import { Draw } from "../../../tools/pytorch/networks/draw.js";
import { KINDS, network } from "../../../tools/pytorch/networks/networks.js";
import { Sketch } from "../../../tools/pytorch/networks/sketch.js";
import { isFull } from "../../support/sampling.js";
import { build, difference, scatter } from "../support/models.js";

/** Of each kind of network. */
const MODELS = isFull ? 30 : 4;
const SEED = 18;

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "cpu" });
});
afterAll(() => backend?.destroy());

describe.each(KINDS)("random models of the kind %s give the same in ONNX Runtime", (kind) => {
  test.each(Array.from({ length: MODELS }, (_, i) => i))("%i", async (i) => {
    const draw = new Draw(SEED, KINDS.indexOf(kind) + KINDS.length * i);
    const { model, inputs } = network(new Sketch(backend, draw), kind);
    build(backend, model, existing(inputs[0]));
    scatter(model, i);
    const layout = draw.pick(["nchw", "nhwc"] as const);
    const options = { layout, opset: draw.pick([17, 17, 18, 20, 21, 22]) };
    expect(await difference(backend, model, inputs, { options, seed: i })).toBeLessThan(1e-5);
    model.dispose();
  });
});
