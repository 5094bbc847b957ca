import { createBackend } from "webgpu-cnn";
import { workDistributed } from "webgpu-cnn/distributed";
import { type Span, timeCalls } from "./spans.js";
import { TASKS, type TaskName } from "./tasks.js";

/** What a worker's process gets. */
export interface WorkerSettings {
  readonly servers: string;
  readonly job: string;
  readonly task: TaskName;
  readonly examples: number;
}

/** A replica that a worker computed. */
export interface ComputedReplica {
  /** From 1. */
  readonly round: number;
  readonly replica: number;
  readonly seconds: number;
}

/** What it tells: "joined", and at the end all that it measured. */
export type WorkerMessage =
  | { readonly event: "waiting" }
  | { readonly event: "done"; readonly spans: readonly Span[]; readonly computed: readonly ComputedReplica[] }
  | { readonly event: "failed"; readonly message: string };

process.once("disconnect", () => process.exit(1));
const tell = (message: WorkerMessage) => process.send?.(JSON.stringify(message));
try {
  const { task, examples, ...where }: WorkerSettings = JSON.parse(process.argv[2] ?? "{}");
  const data = await TASKS[task].data(examples);
  const backend = await createBackend({ kind: "wasm", threads: 1 });
  const spans = timeCalls();
  const computed: ComputedReplica[] = [];
  tell({ event: "waiting" });
  await workDistributed({
    ...{ ...where, backend, data },
    onReplica: ({ round, replica, seconds }) => computed.push({ round, replica, seconds }),
  });
  tell({ event: "done", spans, computed });
} catch (error) {
  tell({ event: "failed", message: error instanceof Error ? error.message : String(error) });
}
process.disconnect();
