import { OptionError } from "./errors.js";
import type { Shape } from "./shape.js";
import type { Storage } from "./storage.js";
import type { Origin, Tensor } from "./tensor.js";

/** A tensor that a tape keeps. Its values outlive the caller's handles. */
interface Kept {
  readonly storage: Storage;
  readonly origin: Origin;
  readonly shape: Shape;
}

type Named<Value> = Readonly<Record<string, Value>>;

/** The tensors and facts from which an operation computes the gradients of its inputs. */
export interface BackwardCall {
  readonly inputs: Named<Tensor | undefined>;
  readonly outputs: Named<Tensor>;
  /** The gradient of an output, of its shape. Zeros if nothing depends on the output. */
  gradient(output: string): Tensor;
  /** Whether anything depends on an output. */
  reached(output: string): boolean;
  /** Whether an input's gradient is asked for. */
  wants(input: string): boolean;
  /** Whether an input is the output of a ReLU on the tape. */
  rectified(input: string): boolean;
  /** Whether all of an output's gradient went through the gradient of the output's ReLU already. */
  masked(output: string): boolean;
}

/** One operation on a tape. */
export interface TapeStep {
  readonly name: string;
  readonly inputs: Named<Kept>;
  readonly outputs: Named<Kept>;
  /** Whether it is a ReLU, or ends in one. */
  readonly rectifies: boolean | undefined;
  /** The inputs whose gradients it masks if they are outputs of a ReLU. */
  readonly masks: readonly string[] | undefined;
  /** The gradients of the inputs, by name. Gradients that are not wanted may be left out. */
  backward(call: BackwardCall): Named<Tensor | undefined>;
}

/**
 * Keeps the operations whose outputs depend on the parameters. It follows origins, not handles. A reshape shares the
 * origin of its tensor, so it also shares its gradient. A storage that the caller disposes of lives until the backward
 * pass no longer needs it.
 */
export class Tape {
  /** Those of the parameters, and of all tensors that depend on them. */
  readonly #followed: Set<Origin>;
  /** Those of the outputs of ReLUs. */
  readonly rectified = new Set<Origin>();
  readonly #steps: TapeStep[] = [];

  constructor(parameters: Iterable<Origin>) {
    this.#followed = new Set(parameters);
  }

  follows(origin: Origin): boolean {
    return this.#followed.has(origin);
  }

  add(step: TapeStep): void {
    for (const { storage } of keptBy(step)) storage.retain();
    for (const { origin } of Object.values(step.outputs)) {
      this.#followed.add(origin);
      if (step.rectifies) this.rectified.add(origin);
    }
    this.#steps.push(step);
  }

  /** The operations, from the last to the first. Each is released when the next one is requested. */
  *backwards(): Generator<TapeStep> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        yield step;
      } finally {
        release(step);
      }
    }
  }

  /** Releases everything. */
  close(): void {
    for (const step of this.#steps) release(step);
    this.#steps.length = 0;
  }
}

/**
 * The running tapes, the innermost last. There are several if a function computes gradients inside. A tape follows
 * origins, so tapes of other backends do not disturb it.
 */
const running: Tape[] = [];

/** Runs `work` with `tape` running. */
export function runWithTape<Result>(tape: Tape, work: () => Result): Result {
  running.push(tape);
  try {
    return work();
  } finally {
    running.pop();
  }
}

/**
 * The running tapes that follow one of an operation's inputs.
 *
 * @throws OptionError if there are any, and the operation has no gradient
 */
export function tapesThatFollow(name: string, inputs: readonly Origin[], hasGradient: boolean): readonly Tape[] {
  const following = running.filter((tape) => inputs.some((origin) => tape.follows(origin)));
  if (following.length > 0 && !hasGradient) {
    throw new OptionError(
      `${name}: has no gradient, and its inputs depend on parameters of valueAndGradients; call it outside, or on tensors that do not depend on the parameters`,
    );
  }
  return following;
}

/** Whether a running tape follows one of these origins. */
export function isFollowed(origins: readonly Origin[]): boolean {
  return running.some((tape) => origins.some((origin) => tape.follows(origin)));
}

function keptBy({ inputs, outputs }: TapeStep): Kept[] {
  return [...Object.values(inputs), ...Object.values(outputs)];
}

function release(step: TapeStep): void {
  for (const { storage } of keptBy(step)) storage.release();
}
