import { createBackend } from "webgpu-cnn";
import { trainDistributed } from "webgpu-cnn/distributed";
import type { CoordinatorEvent, CoordinatorSettings } from "./coordinatorEvents.js";
import { firstDigits } from "./digits.js";
import { endWithParent } from "./endWithParent.js";
import { EXAMPLES, network, TASK, weightsDigest } from "./task.js";

endWithParent();
const settings: CoordinatorSettings = JSON.parse(process.argv[2] ?? "{}");
const tell = (event: CoordinatorEvent) => process.stdout.write(`${JSON.stringify(event)}\n`);
const backend = await createBackend({ kind: "wasm", threads: 1 });
const model = network(backend);
try {
  const run = await trainDistributed({ ...settings, ...TASK, model, data: await firstDigits(EXAMPLES) });
  for await (const { round } of run) tell({ event: "round", round });
  tell({ event: "done", digest: await weightsDigest(model) });
} catch (error) {
  if (!(error instanceof Error)) throw error;
  tell({ event: "failed", name: error.constructor.name, message: error.message });
}
backend.destroy();
