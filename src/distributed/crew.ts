import { JobError } from "../core/errors.js";
import { type Heartbeat, parseHeartbeat } from "./messages.js";
import type { RefusedWorker, WorkerReport } from "./reports.js";

/** More workers than this are not listed. Anybody who may publish can invent some. */
const MOST_WORKERS = 10_000;

interface Member {
  readonly beat: Heartbeat;
  /** In milliseconds. */
  readonly at: number;
}

/** The workers of a job, as their heartbeats and answers tell. */
export class Crew {
  readonly #members = new Map<string, Member>();
  readonly #taken = new Map<string, number>();
  readonly #refused = new Map<string, string>();

  /** @param lease in seconds */
  constructor(private readonly lease: number) {}

  /** Takes a heartbeat. One that is malformed counts for nothing. */
  hear(id: string, bytes: Uint8Array): void {
    const beat = parsed(bytes);
    if (!beat || beat.worker !== id || (!this.#members.has(id) && this.#members.size >= MOST_WORKERS)) return;
    this.#members.set(id, { beat, at: performance.now() });
  }

  /** An answer of a worker was taken. */
  count(worker: string): void {
    this.#taken.set(worker, (this.#taken.get(worker) ?? 0) + 1);
  }

  refuse(worker: string, why: string): void {
    this.#refused.set(worker, why);
  }

  isRefused(worker: string): boolean {
    return this.#refused.has(worker);
  }

  /** Whether somebody else than this worker seems able to compute. */
  hasOther(worker: string): boolean {
    return this.workers.some((other) => other.worker !== worker && other.isAlive && !this.isRefused(other.worker));
  }

  get workers(): readonly WorkerReport[] {
    return [...this.#members.values()]
      .map(({ beat, at }) => ({
        ...{ worker: beat.worker, workerClass: beat.workerClass, imagesPerSecond: beat.imagesPerSecond },
        replicas: this.#taken.get(beat.worker) ?? 0,
        isAlive: performance.now() - at < 2 * this.lease * 1000,
        isBusy: beat.busy,
      }))
      .sort((a, b) => (a.worker < b.worker ? -1 : 1));
  }

  get refused(): readonly RefusedWorker[] {
    return [...this.#refused].map(([worker, why]) => ({ worker, why }));
  }
}

function parsed(bytes: Uint8Array): Heartbeat | undefined {
  try {
    return parseHeartbeat(bytes);
  } catch (error) {
    if (error instanceof JobError) return undefined;
    throw error;
  }
}
