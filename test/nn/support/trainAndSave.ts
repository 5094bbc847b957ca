/**
 * Trains with everything that has a state, and saves after every second step. It goes on with a file that is there, so
 * it can be killed at any time and started again.
 *
 * @example node tools/run.mjs test/nn/support/trainAndSave.ts FILE
 */
import { existsSync } from "node:fs";
import { createBackend } from "webgpu-cnn";
import { loadCheckpoint, saveCheckpoint } from "webgpu-cnn/io";
import { bars, smallModel } from "./bars.js";

const EPOCHS = 6;
const [file = ""] = process.argv.slice(2);
const backend = await createBackend({ kind: "wasm", threads: 1 });
const model = smallModel(backend);
if (existsSync(file)) model.restore(await loadCheckpoint(file));
const training = model.fit(bars(40, 1), {
  ...{ epochs: EPOCHS - model.epochsDone, batchSize: 8, validationData: bars(20, 2) },
  // No epoch is better than the first by so much: the rate falls after each, and training stops after the fourth.
  reduceOnPlateau: { monitor: "loss", patience: 1, minDelta: 100, factor: 0.5 },
  earlyStopping: { patience: 3, minDelta: 100, restoreBest: true },
  augment: { flip: "horizontal", shift: 0.1, rotate: 5, zoom: 0.1, brightness: 0.05 },
});
for await (const _ of training) {
  if (model.stepsDone % 2 === 0) await saveCheckpoint(file, await model.checkpoint());
  console.log(model.stepsDone);
}
await saveCheckpoint(file, await model.checkpoint());
console.log("the end");
backend.destroy();
