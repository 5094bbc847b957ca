import { hostname } from "node:os";
import { createBackend } from "../backend/createBackend.node.js";
import type { Backend } from "../core/backend.js";
import { workDistributed } from "../distributed/index.node.js";
import { jobClass } from "../distributed/jobClass.node.js";
import type { WorkerArguments } from "./arguments.node.js";
import { type DataSource, readData } from "./data.node.js";
import { several } from "./formats.js";
import { dataOf, type JobFile, openJobFile } from "./jobFile.node.js";
import type { Screen } from "./liveArea.js";
import { serverOptions } from "./serverOptions.node.js";
import { StopRequest } from "./stopping.node.js";
import { WorkView } from "./workView.js";

/** The longest name that a worker may have. */
const LONGEST_NAME = 32;

/** Computes for a job until it is done. @returns the exit status */
export async function work(given: WorkerArguments, screen: Screen): Promise<number> {
  const file = "jobFile" in given.data ? await openJobFile(given.data.jobFile) : undefined;
  const server = await serverOptions(given.server, process.env, file);
  const data = await readData(sourceOf(given.data, file));
  const view = new WorkView(screen, server.job);
  const stop = new StopRequest();
  let backend: Backend | undefined;
  try {
    view.log(`waiting for the job ${server.job} on ${[server.servers].flat().join(", ")}`);
    const { kind, why } = await kindFor(given, () => jobClass({ ...server, signal: stop.signal }));
  } finally {
    stop.end();
    backend?.destroy();
  }
}
