import { errorBound, excess } from "../../core/errorBound.js";
import { KernelError, OutOfMemoryError } from "../../core/errors.js";
import { existing, mapValues } from "../../core/objects.js";
import type { Choices, Executor, Runtime } from "../../core/runtime.js";
import { elementsOf } from "../../core/shape.js";
import type { TunedOperation } from "./choicesIn.js";
import { multiIndex } from "./multiIndex.js";

/**
 * The reference gives the expected values of an operation with at most so many operations: it takes about a second.
 * For more, they come from the plan that "auto" has without tuning.
 */
const MOST_OPERATIONS_OF_REFERENCE = 1e8;

/** The candidate and the expected values may both be off by the bound. */
const MOST_SHARE = 2;

type Values = Readonly<Record<string, Float32Array>>;

/** Expected outputs, and Σ|terms| of each element. */
interface Expected {
  readonly outputs: Values;
  readonly magnitudes: Values;
}

/** A wrong value. */
export interface Mistake {
  readonly operator: string;
  /** The element, its value and the expected value. */
  readonly words: string;
}

/** Checks the values of the candidates of one choice. */
export class CandidateCheck {
  readonly #expected = new Map<TunedOperation, Promise<Expected>>();

  /** @param operations the operations that make the choice */
  constructor(
    private readonly runtime: Runtime,
    private readonly key: string,
    private readonly operations: readonly TunedOperation[],
  ) {}

  /**
   * The first value of these choices that is outside the operator's bound. The check makes its own inputs, because the
   * inputs of the tuned work may be zeros.
   *
   * @throws (rejects with) KernelError or OutOfMemoryError if the device cannot run a kernel
   */
  async mistakeOf(choices: Choices): Promise<Mistake | undefined> {
    for (const tuned of this.operations) {
      const actual = await valuesBy(this.runtime.choosing(choices), tuned, inputsOf(tuned));
      const known = this.#expected.get(tuned) ?? this.#expect(tuned);
      this.#expected.set(tuned, known);
      const mistake = firstMistake(tuned, actual, await known);
      if (mistake) return mistake;
    }
    return undefined;
  }

  async #expect(tuned: TunedOperation): Promise<Expected> {
    if (tuned.work > MOST_OPERATIONS_OF_REFERENCE) {
      const { [this.key]: _, ...auto } = this.runtime.choices;
      try {
        return await expectedBy(this.runtime.choosing(auto), tuned);
      } catch (error) {
        // If this device cannot run the kernel that "auto" chooses, the reference computes the values.
        if (!(error instanceof KernelError || error instanceof OutOfMemoryError)) throw error;
      }
    }
    // Loaded on demand: most apps tune nothing.
    const { ReferenceRuntime } = await import("../../runtime/reference/runtime.js");
    return expectedBy(new ReferenceRuntime(), tuned);
  }
}

/**
 * Operators that choose among families add up products. So Σ|terms| is their output for the absolute values of the
 * inputs.
 */
async function expectedBy(executor: Executor, tuned: TunedOperation): Promise<Expected> {
  const inputs = inputsOf(tuned);
  const outputs = await valuesBy(executor, tuned, inputs);
  const magnitudes = await valuesBy(
    executor,
    tuned,
    mapValues(inputs, (values) => values.map(Math.abs)),
  );
  return { outputs, magnitudes };
}

async function valuesBy(executor: Executor, { operation }: TunedOperation, inputs: Values): Promise<Values> {
  // A kernel that writes nothing must not show the correct values of an earlier run. So the memory that is reused for
  // the outputs is filled with NaN.
  const spoilt = mapValues(operation.outputs, (shape) => executor.fill("autotune", elementsOf(shape), Number.NaN));
  const storages = mapValues(inputs, (values) => executor.upload("autotune", values));
  for (const storage of Object.values(spoilt)) storage.release();
  let outputs: ReturnType<Executor["run"]> = {};
  try {
    outputs = executor.run(operation, storages);
    const read = Object.entries(outputs).map(async ([name, storage]) => [name, await storage.read()] as const);
    return Object.fromEntries(await Promise.all(read));
  } finally {
    for (const storage of [...Object.values(storages), ...Object.values(outputs)]) storage.release();
  }
}

/** The same numbers at each call: between −1 and 1, some of them 0. */
function inputsOf({ inputs }: TunedOperation): Values {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 29 === 0 ? 0 : state / 2 ** 31 - 1;
  };
  return mapValues(inputs, (elements) => Float32Array.from({ length: elements }, next));
}

function firstMistake({ operation }: TunedOperation, actual: Values, expected: Expected): Mistake | undefined {
  const { name: operator, outputs } = operation;
  for (const [name, shape] of Object.entries(outputs)) {
    const values = existing(actual[name]);
    const wanted = existing(expected.outputs[name]);
    const magnitudes = existing(expected.magnitudes[name]);
    const i = values.findIndex(
      (value, i) => excess(value, existing(wanted[i]), operation, existing(magnitudes[i])) > MOST_SHARE,
    );
    if (i < 0) continue;
    const bound = MOST_SHARE * errorBound(operation, existing(magnitudes[i]));
    const element = `${name}[${multiIndex(i, shape).join(", ")}]`;
    const shown = `${name} [${shape.join(", ")}]`;
    return { operator, words: `${element} is ${values[i]}, expected ${wanted[i]} ± ${bound} (${shown})` };
  }
  return undefined;
}
