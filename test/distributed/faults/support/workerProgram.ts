import { writeSync } from "node:fs";
import { createBackend } from "webgpu-cnn";
import { firstDigits } from "./digits.js";
import { endWithParent } from "./endWithParent.js";
import { EXAMPLES } from "./task.js";
import { work } from "./worker.js";
import type { WorkerSettings } from "./workerSettings.js";

endWithParent();
const settings: WorkerSettings = JSON.parse(process.argv[2] ?? "{}");
const backend = await createBackend({ kind: settings.kind ?? "wasm", threads: settings.threads ?? 1 });
// At once, also before a pause of the whole thread.
await work(settings, backend, await firstDigits(EXAMPLES), (event) => writeSync(1, `${JSON.stringify(event)}\n`));
backend.destroy();
