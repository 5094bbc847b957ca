import type { Backend } from "webgpu-cnn";
import { workDistributed } from "webgpu-cnn/distributed";
import type { Digits } from "./digits.js";
import type { WorkerEvent, WorkerSettings } from "./workerSettings.js";

/** Works for a job to its end, and tells what happens. It runs in Node and in a page. */
export async function work(
  settings: WorkerSettings,
  backend: Backend,
  digits: Digits,
  tell: (event: WorkerEvent) => void,
): Promise<void> {
  const { servers, job, name = "worker", pause = 0, otherData = false, timeout } = settings;
  const labels = digits.labels.map((label, i) => (otherData && i === 0 ? (label + 1) % 10 : label));
  try {
    const done = await workDistributed({
      ...{ servers, job, name, backend, data: { ...digits, labels }, timeout },
      onState: (state) => tell({ event: "state", state }),
      onReplica: ({ round, replica, replicas }) => {
        tell({ event: "replica", round, replica, replicas });
        if (pause > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
      },
    });
    tell({ event: "done", ...done });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    tell({ event: "failed", name: error.constructor.name, message: error.message });
  }
}
