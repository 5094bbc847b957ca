import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { WorkerMessage, WorkerSettings } from "./workerProgram.js";

const RUN = fileURLToPath(new URL("../../tools/run.mjs", import.meta.url));
const PROGRAM = fileURLToPath(new URL("workerProgram.ts", import.meta.url));

/** What a worker measured. */
export type WorkerResult = Extract<WorkerMessage, { event: "done" }>;

/** A worker in a process of its own, with one thread. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #waiting: Promise<void>;
  readonly #done: Promise<WorkerResult>;

  constructor(settings: WorkerSettings) {
    this.#child = fork(RUN, [PROGRAM, JSON.stringify(settings)]);
    let [begin, finish] = [() => {}, (_: WorkerResult) => {}];
    let fail = (_: Error) => {};
    this.#done = new Promise((resolve, reject) => {
      [finish, fail] = [resolve, reject];
    });
    this.#waiting = new Promise((resolve, reject) => {
      begin = resolve;
      this.#done.catch(reject);
    });
    // Whoever waits learns of a failure.
    this.#waiting.catch(() => {});
    this.#child.on("message", (text) => {
      const message: WorkerMessage = JSON.parse(String(text));
      if (message.event === "waiting") begin();
      else if (message.event === "done") finish(message);
      else fail(new Error(`a worker: ${message.message}`));
    });
    this.#child.once("exit", (status, signal) => fail(new Error(`a worker ended early (${signal ?? status})`)));
  }

  /** Resolves when its data and its backend are there. */
  get waiting(): Promise<void> {
    return this.#waiting;
  }

  /** Resolves at the end of the job. @throws (rejects) if it fails */
  get done(): Promise<WorkerResult> {
    return this.#done;
  }

  stop(): void {
    this.#child.kill();
  }
}
