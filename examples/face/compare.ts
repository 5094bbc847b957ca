/**
 * Compares each step of the detector here with the original's, on one picture:
 *
 *     node tools/run.mjs examples/face/compare.ts [PICTURE] [SIZE]
 */

import { fileURLToPath } from "node:url";
import { createBackend } from "webgpu-cnn";
import { Sequential } from "webgpu-cnn/nn";
import { readPicture } from "../../demo/upscale/picture.js";
import { loadFaceWeights, tinyFaceDetector } from "./detector.js";
import { prepare } from "./faces.js";
import { FOLDER, OriginalDetector, weightFiles } from "./original.js";

const [path = fileURLToPath(new URL("demo/sample5.jpg", FOLDER)), size = "224"] = process.argv.slice(2);
const backend = await createBackend();
const model = tinyFaceDetector(backend);
loadFaceWeights(model, await weightFiles());
const original = await OriginalDetector.load();

const x = prepare(backend, await readPicture(path), Number(size));
const steps = await original.steps(await x.read(), x.shape);
for (const [name, expected] of steps) {
  // The model up to this step. It shares the layers, and their weights.
  const last = model.layers.findIndex((layer) => layer.name === name) + (name === "conv8" ? 1 : 3);
  const part = new Sequential(model.layers.slice(0, last)).build(backend, { inputShape: [null, null, 3] });
  const y = part.predict(x);
  const actual = await y.read();
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? NaN))), 0);
  console.log(`${name} [${y.shape.join(", ")}]: ${(difference / largest).toExponential(1)} of the largest value`);
  y.dispose();
}
backend.destroy();
