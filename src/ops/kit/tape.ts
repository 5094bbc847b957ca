import { OptionError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";

/** A tensor as a tape keeps it: its values outlive the caller's handles. */
interface Kept {
  readonly storage: Storage;
  readonly shape: Shape;
}

type Named<Value> = Readonly<Record<string, Value>>;

/** What the gradients of one operation's inputs are computed from. */
export interface BackwardCall {
  readonly inputs: Named<Tensor | undefined>;
  readonly outputs: Named<Tensor>;
  /** The gradient of an output, of its shape; zeros where nothing depends on it. */
  gradient(output: string): Tensor;
  /** Whether anything depends on an output. */
  reached(output: string): boolean;
  /** Whether an input's gradient is asked for. */
  wants(input: string): boolean;
  /** Whether an input is what a rectifier on the tape gave. */
  rectified(input: string): boolean;
  /** Whether all of an output's gradient is 0 already where a rectifier that gave the output lets none through. */
  masked(output: string): boolean;
}

/** One operation, as the tape remembers it. */
export interface TapeStep {
  readonly name: string;
  readonly inputs: Named<Kept>;
  readonly outputs: Named<Kept>;
  /** Whether it is a rectifier, by itself or at its end. */
  readonly rectifies: boolean | undefined;
  /** The inputs whose gradients it gives as their rectifiers would let them through, where they have such. */
  readonly masks: readonly string[] | undefined;
  /** The gradients of the inputs, by name; those that are not wanted may be left out. */
  backward(call: BackwardCall): Named<Tensor | undefined>;
}

/**
 * Remembers the operations through which something depends on the parameters. It goes by storages, not by handles: a reshape shares its
 * tensor's storage, and so its gradient, and what the caller disposes of lives on until it is walked past.
 */
export class Tape {
  /** What depends on the parameters, them included. */
  readonly #followed: Set<Storage>;
  /** What a rectifier gave. */
  readonly rectified = new Set<Storage>();
  readonly #steps: TapeStep[] = [];

  constructor(parameters: Iterable<Storage>) {
    this.#followed = new Set(parameters);
  }

  follows(storage: Storage): boolean {
    return this.#followed.has(storage);
  }

  add(step: TapeStep): void {
    for (const { storage } of keptBy(step)) storage.retain();
    for (const { storage } of Object.values(step.outputs)) {
      this.#followed.add(storage);
      if (step.rectifies) this.rectified.add(storage);
    }
    this.#steps.push(step);
  }

  /** Hands out the operations, the last first, and lets go of each when the next is asked for. */
  *backwards(): Generator<TapeStep> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        yield step;
      } finally {
        release(step);
      }
    }
  }

  /** Lets go of everything. */
  close(): void {
    for (const step of this.#steps) release(step);
    this.#steps.length = 0;
  }
}

/** The tapes that are running: one within another where gradients are asked for inside. A tape follows storages, so those of other backends do not disturb it. */
const running: Tape[] = [];

/** Runs `work` with `tape` listening. */
export function runWithTape<Result>(tape: Tape, work: () => Result): Result {
  running.push(tape);
  try {
    return work();
  } finally {
    running.pop();
  }
}

/**
 * Those that follow one of an operation's inputs.
 *
 * @throws OptionError where such an operation has no gradient
 */
export function tapesThatFollow(name: string, inputs: readonly Storage[], hasGradient: boolean): readonly Tape[] {
  const following = running.filter((tape) => inputs.some((storage) => tape.follows(storage)));
  if (following.length > 0 && !hasGradient) {
    throw new OptionError(
      `${name}: has no gradient of its own, so that valueAndGradients cannot go through it; call it outside, or on what does not depend on the parameters`,
    );
  }
  return following;
}

function keptBy({ inputs, outputs }: TapeStep): Kept[] {
  return [...Object.values(inputs), ...Object.values(outputs)];
}

function release(step: TapeStep): void {
  for (const { storage } of keptBy(step)) storage.release();
}
