import { existing } from "../../../../core/objects.js";
import type { F32x4Variable, FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import { type ModuleBuilder, named } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Program } from "../../commands/programs.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

// Kernels that compute each element of their outputs from the elements at the same index of their inputs, four at a
// time.

/** The names of the tensors, and of other parameters. */
export interface ElementNames<
  Input extends string,
  Output extends string,
  Optional extends string,
  Other extends string,
> {
  readonly inputs: readonly Input[];
  /** The inputs that are not always given, if they are. They come after `inputs`. */
  readonly optional?: readonly Optional[];
  readonly outputs: readonly Output[];
  readonly others?: readonly Other[];
}

/** Four elements of each output, from four of each input. */
export type ElementMap<Input extends string, Output extends string, Optional extends string> = (
  vectors: Readonly<Record<Input, F32x4Variable> & Partial<Record<Optional, F32x4Variable>>>,
) => Readonly<Partial<Record<Output, F32x4>>>;

/**
 * Writes the function that `runElements` runs.
 *
 * @param prepare writes what is done once for all elements, and gives the map. The map gives every output
 */
export function writeElements<
  Input extends string,
  Output extends string,
  Optional extends string = never,
  Other extends string = never,
>(
  module: ModuleBuilder,
  { inputs, optional = [], outputs, others = [] }: ElementNames<Input, Output, Optional, Other>,
  prepare: (f: FunctionBuilder, others: Readonly<Record<Other, I32Variable>>) => ElementMap<Input, Output, Optional>,
): void {
  const parameters = [...inputs, ...optional, ...outputs, ...others, "elements", "first", "end"] as const;
  module.function("elements", parameters, (f, given) => {
    const { elements, first, end } = given;
    const pointers = [...inputs, ...optional, ...outputs].map((name) => given[name]);
    const map = prepare(f, given);
    const left = f.i32(elements.sub(first.mul(4)));
    for (const pointer of pointers) pointer.advance(first.mul(16));
    f.for(first, undefined, end, 1, () => {
      const load = (_: number, name: Input | Optional) => f.f32x4(F32x4.load(given[name]));
      const results = map({ ...named(inputs, load), ...named(optional, load) });
      storeFirst(
        f,
        outputs.map((name) => [given[name], f.f32x4(existing(results[name]))]),
        left,
      );
      for (const pointer of pointers) pointer.advance(16);
      left.advance(-4);
    });
  });
}

/** Stores vectors at addresses: all four numbers of each, or the first ones if fewer are `left`. At least one is. */
export function storeFirst(f: FunctionBuilder, vectors: readonly (readonly [at: I32, F32x4])[], left: I32): void {
  const store = (count: number) => {
    for (const [at, vector] of vectors) f.storeLanes(at, vector, count);
  };
  f.if(
    left.atLeast(4),
    () => store(4),
    () => {
      for (const count of [1, 2, 3]) f.if(left.equals(count), () => store(count));
    },
  );
}

/** The time of four elements, in multiply-adds. Most kernels wait for memory. */
export const WORK_OF_VECTOR = 32;

/**
 * Runs the function that `writeElements` wrote.
 *
 * @param spans the inputs, then the outputs
 * @param others the values of the other parameters
 */
export function runElements(
  work: Work,
  program: Program,
  spans: readonly Span[],
  elements: number,
  others: readonly number[] = [],
): void {
  const args = [...spans.map(({ address }) => address), ...others, elements];
  work.run(program.function("elements"), split(args, Math.ceil(elements / 4), WORK_OF_VECTOR));
}

/** The spans that are given, in order. */
export function spansOf(...spans: readonly (Span | undefined)[]): readonly Span[] {
  return spans.filter((span) => span !== undefined);
}

/** The numbers and flags of an operator, as a part of a program's key. */
export function keyOf(settings: object): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${Object.is(value, -0) ? "-0" : value}`)
    .join(" ");
}
