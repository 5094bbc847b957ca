import { hostname } from "node:os";
import { createBackend } from "../backend/createBackend.node.js";
import type { BackendOptions } from "../backend/openBackend.js";
import type { Backend } from "../core/backend.js";
import { OptionError, show } from "../core/errors.js";
import { workDistributed } from "../distributed/index.node.js";
import { jobClassOver } from "../distributed/jobClass.js";
import { connect } from "../distributed/nats/connect.node.js";
import type { ServerOptions } from "../distributed/nats/serverOptions.js";
import { inOwnWords } from "./advice.js";
import type { WorkerArguments } from "./arguments.node.js";
import { describeBackend } from "./backendText.js";
import { ConnectionState } from "./connectionState.js";
import { type DataSource, readData } from "./data.node.js";
import { several } from "./formats.js";
import { dataOf, type JobFile, openJobFile } from "./jobFile.node.js";
import type { Screen } from "./liveArea.js";
import { checkedServer, serverOptions } from "./serverOptions.node.js";
import { StopRequest } from "./stopping.node.js";
import { WorkView } from "./workView.js";

/** The longest name that a worker may have. */
const LONGEST_NAME = 32;

/** Computes for a job until it is done. @returns the exit status */
export async function work(given: WorkerArguments, screen: Screen): Promise<number> {
  const file = "jobFile" in given.data ? await openJobFile(given.data.jobFile) : undefined;
  const place = await serverOptions(given.server, process.env, file);
  const { timeout } = checkedServer(place);
  const data = await readData(sourceOf(given.data, file));
  const clock = () => performance.now();
  const connection = new ConnectionState({ servers: place.servers, timeout }, clock);
  const view = new WorkView(screen, place.job, connection, clock);
  const server: ServerOptions = { ...place, onConnection: view.onConnection };
  const stop = new StopRequest();
  const { signal } = stop;
  let backend: Backend | undefined;
  try {
    view.connect();
    const chosen = await backendOptions(given, () => jobClassOver(connect, server, signal));
    backend = await createBackend(chosen.options);
    view.log(`computing on ${describeBackend(backend)}, ${chosen.why}`);
    if (given.backend === undefined) view.found();
    const name = given.name ?? nameOf(hostname());
    const { state: onState, replica: onReplica } = view;
    const done = await workDistributed({ ...server, backend, data, name, signal, onState, onReplica });
    view.end(`the job ${server.job} is done: ${several(done.replicas, "replica")} in ${several(done.rounds, "round")}`);
    return 0;
  } catch (error) {
    const { hasJoined } = view;
    view.end();
    if (!stop.isCauseOf(error)) throw inOwnWords(error, "worker", server);
    view.log(hasJoined ? "stopped; what was not finished goes to other workers" : "stopped");
    return stop.status;
  } finally {
    stop.end();
    backend?.destroy();
  }
}

function sourceOf(data: WorkerArguments["data"], file: JobFile | undefined): DataSource {
  if (file) return dataOf(file, "data");
  if ("jobFile" in data) throw new Error("a job file that was not opened");
  return { ...data, operator: "worker", folder: process.cwd(), called: (field) => `--${field}` };
}

/** @param jobClass asks the servers which class of workers the job takes */
async function backendOptions(
  { backend, threads }: WorkerArguments,
  jobClass: () => Promise<string | undefined>,
): Promise<{ readonly options: BackendOptions; readonly why: string }> {
  if (backend !== undefined) return { options: { kind: backend, threads }, why: `as --backend ${backend} says` };
  const needed = await jobClass();
  if (needed === undefined) return { options: { kind: "auto", threads }, why: "since the job takes all classes" };
  return { options: { ...backendOfClass(needed), threads }, why: `since the job takes the class ${show(needed)}` };
}

function backendOfClass(name: string): BackendOptions {
  const [kind, detail] = name.split(" ");
  switch (kind) {
    case "cpu":
      return { kind };
    case "wasm":
      return { kind, relaxedSimd: detail === "relaxed" };
    case "webgpu":
      return { kind };
    default:
      throw new OptionError(
        `worker: the job takes the class ${show(name)}, expected one that this version knows: wasm, webgpu or cpu; install the version of the coordinator`,
      );
  }
}

/** The host's name, in the letters that a worker's name may have. */
function nameOf(host: string): string {
  return host.replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, LONGEST_NAME) || "worker";
}
