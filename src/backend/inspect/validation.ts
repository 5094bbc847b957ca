import { errorBound, excess } from "../../core/errorBound.js";
import { ValidationError, WebGPUCNNError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import type * as Twins from "../../runtime/reference/kernels.js";

/** How one output of one operator compared with the CPU reference. */
export interface ValidationReport {
  readonly operator: string;
  /** The output's name, such as "dx". */
  readonly tensor: string;
  readonly shape: Shape;
  /** The largest |y − ŷ| … */
  readonly largestError: number;
  /** … and the largest share of its own bound that any element's error takes: at most 1 where the promise holds. */
  readonly largestShare: number;
}

/** What is needed to check one call of an operator. */
export interface Validatable {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Storage>>;
  readonly outputs: Readonly<Record<string, { readonly storage: Storage; readonly shape: Shape }>>;
  /** The reference. */
  readonly cpu: (
    inputs: Record<string, Float32Array>,
    outputs: Record<string, Float32Array>,
    twins: typeof Twins,
  ) => void;
  /** K; see `numerics.ts`. */
  readonly terms: number;
  /** The inputs that the operator is linear in: the reference over their absolute values gives Σ|terms|. */
  readonly linearIn: readonly string[];
  /** Gives another Σ|terms|, from the inputs as they are. */
  readonly magnitude?: Validatable["cpu"] | undefined;
}

/** Compares each operator's outputs with the reference on the same inputs, and holds the mismatches until somebody waits. */
export class Validator {
  readonly #comparisons = new Set<Promise<void>>();
  /** Mismatches, and what the reference or `report` threw. */
  readonly #failures: unknown[] = [];

  constructor(
    private readonly twins: typeof Twins,
    private readonly report: (report: ValidationReport) => void,
  ) {}

  check(call: Validatable): void {
    const comparison = this.#compare(call)
      .catch((error: unknown) => {
        // A read that fails here fails for the caller too, who is told by the operator's own error.
        if (!(error instanceof WebGPUCNNError)) this.#failures.push(error);
      })
      .finally(() => this.#comparisons.delete(comparison));
    this.#comparisons.add(comparison);
  }

  /** Waits for all comparisons so far; rejects with a failure that was not yet told. */
  async settled(): Promise<void> {
    await Promise.all(this.#comparisons);
    if (this.#failures.length > 0) throw this.#failures.shift();
  }

  async #compare({ name, inputs, outputs, cpu, terms, linearIn, magnitude: ownMagnitude }: Validatable): Promise<void> {
    const [inputValues, actual] = await Promise.all([readAll(inputs), readAll(storagesOf(outputs))]);
    const expected = emptyLike(actual);
    cpu(inputValues, expected, this.twins);
    // Without terms there is nothing to round, so nothing to weigh.
    const magnitude = emptyLike(actual);
    if (ownMagnitude) ownMagnitude(inputValues, magnitude, this.twins);
    else if (terms > 0) {
      for (const input of linearIn) {
        const values = inputValues[input];
        if (values) inputValues[input] = values.map(Math.abs);
      }
      cpu(inputValues, magnitude, this.twins);
    }
    for (const [tensor, { shape }] of Object.entries(outputs)) {
      const [y, reference, sum] = [actual[tensor], expected[tensor], magnitude[tensor]];
      if (!y || !reference || !sum) throw new Error(`${name}: no values of ${tensor} to compare`);
      this.#compareTensor(name, tensor, shape, terms, y, reference, sum);
    }
  }

  #compareTensor(
    operator: string,
    tensor: string,
    shape: Shape,
    terms: number,
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
    magnitude: ArrayLike<number>,
  ): void {
    let largestError = 0;
    let largestShare = 0;
    let worst = 0;
    for (let i = 0; i < actual.length; i++) {
      const y = actual[i] ?? 0;
      const reference = expected[i] ?? 0;
      const share = excess(y, reference, terms, magnitude[i] ?? 0);
      const error = Math.abs(y - reference);
      if (error > largestError) largestError = error;
      if (share > largestShare) [largestShare, worst] = [share, i];
    }
    this.report({ operator, tensor, shape, largestError, largestShare });
    if (largestShare <= 1) return;
    const bound = errorBound(terms, magnitude[worst] ?? 0);
    this.#failures.push(
      new ValidationError(
        `${operator}: ${tensor}[${multiIndex(worst, shape).join(", ")}] is ${actual[worst]}, the CPU reference gives ${expected[worst]} ± ${bound} (${tensor} [${shape.join(", ")}]); the kernel, the driver or the device is wrong`,
      ),
    );
  }
}

/** The indices of the i-th element in row-major order. */
export function multiIndex(i: number, shape: Shape): number[] {
  const index: number[] = [];
  for (const extent of shape.toReversed()) {
    index.unshift(i % extent);
    i = Math.floor(i / extent);
  }
  return index;
}

async function readAll(storages: Readonly<Record<string, Storage>>): Promise<Record<string, Float32Array>> {
  const read = Object.entries(storages).map(async ([name, storage]) => [name, await storage.read()] as const);
  return Object.fromEntries(await Promise.all(read));
}

function storagesOf(outputs: Validatable["outputs"]): Record<string, Storage> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { storage }]) => [name, storage]));
}

function emptyLike(arrays: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, new Float32Array(values.length)]));
}
