import { setTimeout as timer } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { type RoundReport, type TrainDistributedOptions, trainDistributed } from "webgpu-cnn/distributed";
import type { Optimizer } from "webgpu-cnn/nn";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "../../../../tools/nats/server.mjs";
import { builtPrograms } from "./bundle.js";
import type { CoordinatorEvent } from "./coordinatorEvents.js";
import { type Digits, firstDigits } from "./digits.js";
import { Network } from "./network.js";
import { Program, type ProgramName } from "./program.js";
import { EXAMPLES, network, plainDigest, TASK, weightsDigest } from "./task.js";
import type { WorkerEvent, WorkerSettings } from "./workerSettings.js";

export type WorkerProgram = Program<WorkerEvent>;
export type CoordinatorProgram = Program<CoordinatorEvent>;

/** What the coordinator of a test gives. */
export interface Outcome {
  /** Of the weights at the end. */
  readonly digest: string;
  readonly reports: readonly RoundReport[];
}

export interface CoordinateOptions extends Partial<Omit<TrainDistributedOptions, "model" | "data">> {
  readonly servers: string;
  readonly optimizer?: Optimizer;
  /** Called when the job is on the server. */
  readonly onStart?: () => void;
  /** Called after each round. The workers go on with the next one meanwhile. */
  readonly onRound?: (report: RoundReport) => Promise<void> | void;
}

/** The name of the job in every test. Each test has a server of its own. */
export const JOB = "digits";

interface Shared {
  readonly backend: Backend;
  readonly digits: Digits;
  readonly expected: string;
}

let shared: Promise<Shared> | undefined;

/** What all tests of a process share. */
async function prepare(): Promise<Shared> {
  const backend = await createBackend({ kind: "wasm", threads: 1 });
  const [digits, expected] = await Promise.all([firstDigits(EXAMPLES), plainDigest(backend), builtPrograms()]);
  return { backend, digits, expected };
}

/** Servers, networks and programs of one test, which end with it. */
export class Site {
  readonly #ends: (() => Promise<void> | void)[] = [];

  constructor(private readonly shared: Shared) {}

  get digits(): Digits {
    return this.shared.digits;
  }

  /** The digest of the weights that every run must end with. */
  get expected(): string {
    return this.shared.expected;
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  async startServer(options?: NatsServerOptions): Promise<NatsServer> {
    const server = await startNatsServer(options);
    this.#ends.push(async () => {
      const { log } = server;
      await server.stop();
      // Else a crash of the server itself looks like a training that does not end.
      expect(log).not.toContain("panic: ");
    });
    return server;
  }

  async openNetwork(address: string): Promise<Network> {
    const network = await Network.open(address);
    this.#ends.push(() => network.close());
    return network;
  }

  /** Starts a worker in a process of its own. It need not have joined yet. */
  startWorker(servers: string, settings: Omit<WorkerSettings, "servers" | "job"> = {}): Promise<WorkerProgram> {
    return this.#start<WorkerEvent>("workerProgram", { servers, job: JOB, ...settings });
  }

  /** Starts a coordinator in a process of its own. */
  startCoordinator(servers: string): Promise<CoordinatorProgram> {
    return this.#start<CoordinatorEvent>("coordinatorProgram", { servers, job: JOB });
  }

  /** Leads the job in this process, to its end. */
  async coordinate({ onStart, onRound, optimizer, ...options }: CoordinateOptions): Promise<Outcome> {
    const { backend, digits: data } = this.shared;
    const model = network(backend, optimizer);
    try {
      const reports: RoundReport[] = [];
      const run = await trainDistributed({ job: JOB, ...TASK, ...options, model, data });
      onStart?.();
      for await (const report of run) {
        reports.push(report);
        await onRound?.(report);
      }
      return { digest: await weightsDigest(model), reports };
    } finally {
      model.dispose();
    }
  }

  /** Leads the job, and expects the bits of the plain computation in one process. */
  async expectPlainBits(options: CoordinateOptions): Promise<readonly RoundReport[]> {
    const { digest, reports } = await this.coordinate(options);
    expect(digest).toBe(this.expected);
    return reports;
  }

  async #start<Event extends { readonly event: string }>(name: ProgramName, settings: object): Promise<Program<Event>> {
    const program = await Program.start<Event>(name, settings);
    this.#ends.push(() => program.kill());
    return program;
  }
}

/** A test of faults. Those of a file run side by side: most of their time is waiting. */
export const faultTest = test.extend<{ site: Site }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs.
  site: async ({}, use) => {
    shared ??= prepare();
    const site = new Site(await shared);
    await use(site);
    await site.end();
  },
}).concurrent;

/** Waits until all workers have joined the job. */
export async function allJoined(workers: readonly WorkerProgram[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.until((each) => each.event === "state" && each.state === "joined")));
}

/** Expects that a worker has worked to the end of the job. @returns how many replicas it computed */
export async function expectDone(worker: WorkerProgram): Promise<number> {
  const last = await worker.ended();
  if (last?.event !== "done") throw new Error(`the worker ended with ${JSON.stringify(last)}\n${worker.complaints}`);
  expect(worker.end).toBe(0);
  return last.replicas;
}

/** `expect.poll` is not for tests that run side by side. */
export async function waitUntil(isSo: () => boolean): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 60_000, interval: 10 });
}

/** Lets time pass, where the test is about a time in which nothing may happen. */
export async function letPass(milliseconds: number): Promise<void> {
  await timer(milliseconds);
}
