import type { WorkerReport } from "../distributed/reports.js";
import { count, several } from "./formats.js";

export interface IdleWorkersOptions {
  readonly replicas: number;
  /** The share of the replicas that a second worker computes too. */
  readonly verify: number;
  /** In seconds. */
  readonly lease: number;
}

/** Finds out that a job has more workers than it can keep busy. */
export class IdleWorkers {
  #since: number | undefined;
  #isSaid = false;

  constructor(
    private readonly options: IdleWorkersOptions,
    private readonly clock: () => number,
  ) {}

  /** @returns what helps, once. A worker that went away seems alive for two leases, so this waits for longer */
  take(workers: readonly WorkerReport[]): string | undefined {
    const { replicas, verify, lease } = this.options;
    const alive = workers.filter(({ isAlive }) => isAlive).length;
    const idle = alive - Math.ceil(replicas * (1 + verify));
    if (idle <= 0) this.#since = undefined;
    else this.#since ??= this.clock();
    if (this.#isSaid || this.#since === undefined || this.clock() - this.#since <= 2 * lease * 1000) return undefined;
    this.#isSaid = true;
    const are = idle === 1 ? "is" : "are";
    return `${several(alive, "worker")} for ${several(replicas, "replica")}: ${count(idle)} ${are} idle; raise replicas`;
  }
}
