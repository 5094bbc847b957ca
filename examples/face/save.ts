/**
 * Writes the detector as one file, with layers and weights, and loads it again:
 *
 *     node tools/run.mjs examples/face/save.ts [OUT]
 *
 * OUT is faces.safetensors if left out.
 */

import { createBackend } from "webgpu-cnn";
import { loadCheckpoint, saveCheckpoint } from "webgpu-cnn/io";
import { kerasLayers } from "webgpu-cnn/keras";
import { loadModel } from "webgpu-cnn/nn";
import { loadFaceWeights, tinyFaceDetector } from "./detector.js";
import { weightFiles } from "./original.js";

const [out = "faces.safetensors"] = process.argv.slice(2);
const backend = await createBackend();
const model = tinyFaceDetector(backend);
loadFaceWeights(model, await weightFiles());

await saveCheckpoint(out, await model.save());
const again = await loadModel(await loadCheckpoint(out), backend, { layers: kerasLayers });
console.log(String(again.summary()));

for (const each of [model, again]) each.dispose();
backend.destroy();
