import { KernelError, OutOfMemoryError, type WebGPUCNNError } from "../../../core/errors.js";

/**
 * An outcome that the GPU tells later: whether an allocation, a pipeline or a submission went well. A storage carries
 * the checks that its values depend on. A fault rejects the reads of those values, and no others.
 */
export class Check {
  #state: "pending" | "passed" | "failed" = "pending";
  #error: WebGPUCNNError | undefined;
  /** Undefined if nobody waits, as for most checks. Long work without an await makes thousands of them. */
  #waiting: ((check: Check) => void)[] | undefined;

  /** Whether the outcome is known and good. Then values no longer depend on this check. */
  get passed(): boolean {
    return this.#state === "passed";
  }

  get failed(): boolean {
    return this.#state === "failed";
  }

  get error(): WebGPUCNNError | undefined {
    return this.#error;
  }

  /** Resolves when the outcome is known; never rejects. */
  get settled(): Promise<void> {
    return new Promise((resolve) => this.whenSettled(() => resolve()));
  }

  /** Calls `listener` when the outcome is known: now, if it is known already. */
  whenSettled(listener: (check: Check) => void): void {
    if (this.#state !== "pending") listener(this);
    else if (this.#waiting) this.#waiting.push(listener);
    else this.#waiting = [listener];
  }

  /** Tells the outcome: an error, or undefined if all went well. Only the first call counts. */
  settle(error: WebGPUCNNError | undefined): void {
    if (this.#state !== "pending") return;
    this.#error = error;
    this.#state = error ? "failed" : "passed";
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const listener of waiting) listener(this);
  }
}

/**
 * More checks than this are joined to one. In long synchronous work no check settles, and each step inherits the checks
 * of all steps before it.
 */
const MOST_CHECKS = 32;

/** The checks of several sources, in the order of the sources, without those that passed. */
export function unsettled(sources: Iterable<Iterable<Check>>): Set<Check> {
  const checks = new Set<Check>();
  for (const source of sources) {
    for (const check of source) if (!check.passed) checks.add(check);
  }
  if (checks.size <= MOST_CHECKS) return checks;
  const joined = new Check();
  firstError(checks).then((error) => joined.settle(error));
  return new Set([joined]);
}

/** The error of the first check, in order, that fails; undefined once all have passed. */
export async function firstError(checks: Iterable<Check>): Promise<WebGPUCNNError | undefined> {
  for (const check of checks) {
    await check.settled;
    if (check.error) return check.error;
  }
  return undefined;
}

const FILTERS: readonly GPUErrorFilter[] = ["validation", "out-of-memory", "internal"];

/**
 * Runs `work`, and ignores its validation errors, because another check reports their cause. Without an error scope,
 * they would go to the device's error event.
 */
export function quietly<Result>(device: GPUDevice, work: () => Result): Result {
  device.pushErrorScope("validation");
  try {
    return work();
  } finally {
    // A lost device does not answer.
    device.popErrorScope().catch(() => {});
  }
}

/**
 * Runs `work` with error scopes around it, with no await between push and pop. The check has the error that they
 * caught.
 *
 * @param describe gives the error's message, such as "conv2d: the device could not allocate 12 MiB". It is held until the
 * device answers, so it must not hold much
 * @param check takes the outcome
 */
export function checked<Result>(
  device: GPUDevice,
  describe: (error: GPUError) => string | Promise<string>,
  work: () => Result,
  check: Check = new Check(),
): { result: Result; check: Check } {
  for (const filter of FILTERS) device.pushErrorScope(filter);
  let result: Result;
  try {
    result = work();
  } finally {
    settleByScopes(device, describe, check);
  }
  return { result, check };
}

/**
 * Pops the scopes of `FILTERS`, and settles the check when all have answered. Long work without an await holds thousands
 * of these, and `Promise.all` with an async function would take twice the memory.
 */
function settleByScopes(
  device: GPUDevice,
  describe: (error: GPUError) => string | Promise<string>,
  check: Check,
): void {
  // The scope tells the kind of error, because in Node the class GPUOutOfMemoryError is not global.
  let internal: GPUError | null = null;
  let outOfMemory: GPUError | null = null;
  let validation: GPUError | null = null;
  let waiting = FILTERS.length;
  // A lost device does not answer. The loss itself rejects every read.
  const answered = () => {
    waiting--;
    if (waiting > 0) return;
    const error = outOfMemory ?? validation ?? internal;
    if (!error) check.settle(undefined);
    else fail(check, error, error === outOfMemory ? OutOfMemoryError : KernelError, describe);
  };
  // Scopes pop in reverse order.
  device.popErrorScope().then((error) => {
    internal = error;
    answered();
  }, answered);
  device.popErrorScope().then((error) => {
    outOfMemory = error;
    answered();
  }, answered);
  device.popErrorScope().then((error) => {
    validation = error;
    answered();
  }, answered);
}

async function fail(
  check: Check,
  error: GPUError,
  Kind: typeof OutOfMemoryError | typeof KernelError,
  describe: (error: GPUError) => string | Promise<string>,
): Promise<void> {
  let { message } = error;
  try {
    message = await describe(error);
  } catch {
    // The device's own words have to do.
  }
  check.settle(new Kind(message));
}
