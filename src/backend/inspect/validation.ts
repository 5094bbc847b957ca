import { errorBound, excess, SMALLEST_NORMAL, type Terms } from "../../core/errorBound.js";
import { ValidationError, WebGPUCNNError } from "../../core/errors.js";
import type { ValidationReport } from "../../core/inspection.js";
import { existing, mapValues } from "../../core/objects.js";
import type { Named, Operation } from "../../core/operation.js";
import type { Executor } from "../../core/runtime.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import { kernels } from "../../runtime/reference/kernels.js";
import { magnitudes } from "../../runtime/reference/magnitudes.js";
import { multiIndex } from "./multiIndex.js";

/**
 * Compares each operator's outputs with the reference on the same inputs. It keeps the mismatches until `settled` or a
 * read reports them.
 */
export class Validator {
  readonly #comparisons = new Set<Promise<void>>();
  /** Mismatches, and errors that the reference or `report` threw. */
  readonly #failures: unknown[] = [];

  constructor(private readonly report: (report: ValidationReport) => void) {}

  /** An executor that compares its operations with the reference. */
  checking(executor: Executor): Executor {
    return {
      upload: (operator, values) => executor.upload(operator, values),
      fill: (operator, elements, value) => executor.fill(operator, elements, value),
      run: (operation, inputs) => {
        const outputs = executor.run(operation, inputs);
        this.#check(operation, inputs, outputs);
        return outputs;
      },
    };
  }

  /** Waits for all comparisons so far. Rejects with a failure that is not reported yet. */
  async settled(): Promise<void> {
    await Promise.all(this.#comparisons);
    if (this.#failures.length > 0) throw this.#failures.shift();
  }

  #check(operation: Operation, inputs: Named<Storage>, outputs: Named<Storage>): void {
    const comparison = this.#compare(operation, inputs, outputs)
      .catch((error: unknown) => {
        // A read that fails here also fails for the caller, with the operator's own error.
        if (!(error instanceof WebGPUCNNError)) this.#failures.push(error);
      })
      .finally(() => this.#comparisons.delete(comparison));
    this.#comparisons.add(comparison);
  }

  async #compare(operation: Operation, inputs: Named<Storage>, outputs: Named<Storage>): Promise<void> {
    const { name, terms, paired, adds = terms > 1 } = operation;
    const [inputValues, actual] = await Promise.all([readAll(inputs), readAll(outputs)]);
    // The results that are allowed: those of the inputs as they are, and of the inputs with subnormal numbers flushed.
    const allowed = waysToFlush(inputValues).map((values) => {
      const [expected, magnitude] = [emptyFor(operation), emptyFor(operation)];
      operation.cpu(kernels, values, expected);
      // An exact operator has no terms, so it needs no magnitudes.
      if (terms > 0) operation.cpu(magnitudes, values, magnitude);
      return { expected, magnitude };
    });
    const finiteInputs = Object.values(inputValues).every((values) => values.every(Number.isFinite));
    // Where the finite inputs alone have an infinite Σ|terms|, a sum overflows on the way.
    const ofFinite = finiteInputs || !adds ? undefined : emptyFor(operation);
    if (ofFinite) operation.cpu(magnitudes, mapValues(inputValues, withoutInfinities), ofFinite);
    const picks = new Set(Object.values(inputValues).flatMap((values) => [...values.filter(isSubnormal)]));
    for (const [tensor, shape] of Object.entries(operation.outputs)) {
      const candidates = allowed.map(({ expected, magnitude }) => ({
        expected: existing(expected[tensor]),
        magnitude: existing(magnitude[tensor]),
        ofFinite: existing((ofFinite ?? magnitude)[tensor]),
      }));
      this.#compareTensor(
        name,
        tensor,
        shape,
        { terms, paired, adds, finiteInputs },
        existing(actual[tensor]),
        candidates,
        picks,
      );
    }
  }

  #compareTensor(
    operator: string,
    tensor: string,
    shape: Shape,
    sum: SumOfInputs,
    actual: Float32Array,
    allowed: readonly Allowed[],
    picks: ReadonlySet<number>,
  ): void {
    const { expected, magnitude } = existing(allowed[0]);
    let largestError = 0;
    let largestShare = 0;
    let worst = 0;
    for (let i = 0; i < actual.length; i++) {
      const y = actual[i] ?? 0;
      const reference = expected[i] ?? 0;
      const share = Math.min(
        ...allowed.map((way) =>
          shareOf(y, way.expected[i] ?? 0, sum, way.magnitude[i] ?? 0, way.ofFinite[i] ?? 0, picks),
        ),
      );
      const error = Math.abs(y - reference);
      if (error > largestError) largestError = error;
      if (share > largestShare) [largestShare, worst] = [share, i];
    }
    this.report({ operator, tensor, shape, largestError, largestShare });
    if (largestShare <= 1) return;
    const bound = errorBound(sum, magnitude[worst] ?? 0);
    this.#failures.push(
      new ValidationError(
        `${operator}: ${tensor}[${multiIndex(worst, shape).join(", ")}] is ${actual[worst]}, the CPU reference gives ${expected[worst]} ± ${bound} (${tensor} [${shape.join(", ")}]); the kernel, the driver or the device is wrong`,
      ),
    );
  }
}

interface SumOfInputs extends Terms {
  /** Whether an infinite Σ|terms| of finite inputs means that terms overflow on their own. */
  readonly adds: boolean;
  /** Whether all inputs are finite. */
  readonly finiteInputs: boolean;
}

/** Values that an output may have, their Σ|terms|, and Σ|terms| of the finite inputs. */
interface Allowed {
  readonly expected: Float32Array;
  readonly magnitude: Float32Array;
  readonly ofFinite: Float32Array;
}

/**
 * As `excess`. A result that is subnormal may be flushed to 0. Where the result may be 0, an adapter that compares
 * subnormal numbers as if they were 0 may pick any of them. Of a sum that overflows on the way, nothing is promised.
 *
 * @param picks the subnormal numbers among the inputs
 */
function shareOf(
  actual: number,
  expected: number,
  sum: SumOfInputs,
  magnitude: number,
  ofFinite: number,
  picks: ReadonlySet<number>,
): number {
  const isTiny = Math.abs(expected) < SMALLEST_NORMAL;
  if (isTiny && (actual === 0 || picks.has(actual))) return 0;
  if (sum.adds && ofFinite === Number.POSITIVE_INFINITY) return 0;
  const isBeyond = sum.finiteInputs && sum.terms > 0 && Math.abs(expected) === Number.POSITIVE_INFINITY;
  if (isBeyond && actual * Math.sign(expected) >= NEARLY_INFINITE) return 0;
  return excess(actual, expected, sum, magnitude);
}

/**
 * The reference's values are rounded to float32. If one of finite inputs is infinite, it may lie just beyond the largest
 * number, and an error of 2⁻¹⁰ may bring it back. No function has a larger one there.
 */
const NEARLY_INFINITE = 2 ** 128 * (1 - 2 ** -10);

function withoutInfinities(values: Float32Array): Float32Array {
  return values.map((value) => (Number.isFinite(value) ? value : 0));
}

function isSubnormal(value: number): boolean {
  return value !== 0 && Math.abs(value) < SMALLEST_NORMAL;
}

/** The most inputs for which every choice is tried. With n inputs there are 2ⁿ choices. */
const MOST_FREE_INPUTS = 5;

/**
 * The inputs as they are, and inputs with their subnormal numbers flushed to a 0 of the same sign. WGSL lets an adapter
 * flush them. Every choice of inputs is tried, or, if too many inputs have subnormal numbers, each of them alone and all
 * together.
 */
function waysToFlush(
  inputs: Readonly<Record<string, Float32Array>>,
): readonly Readonly<Record<string, Float32Array>>[] {
  const flush = (values: Float32Array) => values.map((value) => (isSubnormal(value) ? 0 * value : value));
  const alone = Object.entries(inputs)
    .filter(([, values]) => values.some(isSubnormal))
    .map(([name, values]) => ({ [name]: flush(values) }));
  if (alone.length > MOST_FREE_INPUTS) {
    return [inputs, ...alone.map((input) => ({ ...inputs, ...input })), mapValues(inputs, flush)];
  }
  let ways = [inputs];
  for (const input of alone) ways = [...ways, ...ways.map((way) => ({ ...way, ...input }))];
  return ways;
}

async function readAll(storages: Named<Storage>): Promise<Record<string, Float32Array>> {
  const read = Object.entries(storages).map(async ([name, storage]) => [name, await storage.read()] as const);
  return Object.fromEntries(await Promise.all(read));
}

function emptyFor({ outputs }: Operation): Record<string, Float32Array> {
  return mapValues(outputs, (shape) => new Float32Array(elementsOf(shape)));
}
