import { KernelError, OutOfMemoryError, type WebGPUCNNError } from "../../../core/errors.js";

/**
 * An outcome that the GPU tells later: whether an allocation, a pipeline or a submission went well. A storage carries
 * the checks that its values depend on. A fault rejects the reads of those values, and no others.
 */
export class Check {
  /** Resolves when the outcome is known; never rejects. */
  readonly settled: Promise<void>;
  #state: "pending" | "passed" | "failed" = "pending";
  #error: WebGPUCNNError | undefined;

  /** @param outcome resolves with the error, or with undefined if all went well */
  constructor(outcome: Promise<WebGPUCNNError | undefined>) {
    this.settled = outcome.then((error) => {
      this.#error = error;
      this.#state = error ? "failed" : "passed";
    });
  }

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
  return checks.size > MOST_CHECKS ? new Set([new Check(firstError(checks))]) : checks;
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
 * @param describe gives the error's message, such as "conv2d: the device could not allocate 12 MiB"
 */
export function checked<Result>(
  device: GPUDevice,
  describe: (error: GPUError) => string | Promise<string>,
  work: () => Result,
): { result: Result; check: Check } {
  for (const filter of FILTERS) device.pushErrorScope(filter);
  let result: Result;
  let scopes: Promise<(GPUError | null)[]>;
  try {
    result = work();
  } finally {
    scopes = Promise.all(FILTERS.map(() => device.popErrorScope()));
  }
  const outcome = scopes.then(
    async (popped) => {
      // Scopes pop in reverse order. The order tells the kind of error, because in Node the class GPUOutOfMemoryError
      // is not global.
      const [internal, outOfMemory, validation] = popped;
      const error = outOfMemory ?? validation ?? internal;
      if (!error) return undefined;
      const message = await Promise.resolve(error)
        .then(describe)
        .catch(() => error.message);
      return error === outOfMemory ? new OutOfMemoryError(message) : new KernelError(message);
    },
    // A lost device does not answer. The loss itself rejects every read.
    () => undefined,
  );
  return { result, check: new Check(outcome) };
}
