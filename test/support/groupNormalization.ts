import { expect } from "vitest";
import type { Backend, Tensor } from "webgpu-cnn";
import { evaluate, upload } from "./backends.js";
import { evaluateAll } from "./batchNormalization.js";
import { expectWithinBound } from "./expectWithinBound.js";
import * as oracle from "./float64.js";

type Uploaded<Options> = Omit<Options, "scale" | "bias"> & { readonly scale?: Tensor; readonly bias?: Tensor };

/** The oracle's options, with tensors in place of its operands. */
export function uploadChannels<Options extends oracle.NormalizationOptions>(
  backend: Backend,
  options: Options,
): Uploaded<Options> {
  const { scale, bias, ...rest } = options;
  return {
    ...rest,
    ...(scale ? { scale: upload(backend, scale) } : {}),
    ...(bias ? { bias: upload(backend, bias) } : {}),
  };
}

/** A normalization by groups and the oracle of the same name. */
export interface Normalization<Options> {
  readonly name: string;
  readonly operator: (x: Tensor, options: Uploaded<Options>) => Tensor;
  readonly oracle: (x: oracle.Operand, options: Options) => oracle.Expected;
}

export interface NormalizationBackward<Options> {
  readonly name: string;
  readonly operator: (
    x: Tensor,
    dy: Tensor,
    options: Uploaded<Options>,
  ) => Record<keyof oracle.NormalizationGradients, Tensor>;
  readonly oracle: (x: oracle.Operand, dy: oracle.Operand, options: Options) => oracle.NormalizationGradients;
  /** Of the forward. */
  readonly forward: (x: oracle.Operand, options: Options) => oracle.Expected;
}

export const GRADIENTS = ["dx", "dscale", "dbias"] as const;

/** Checks that y keeps its bound. @returns y */
export async function normalized<Options extends oracle.NormalizationOptions>(
  backend: Backend,
  { name, operator, oracle }: Normalization<Options>,
  x: oracle.Operand,
  options: Options,
): Promise<Float32Array> {
  const y = await evaluate(backend, () => operator(upload(backend, x), uploadChannels(backend, options)));
  expectWithinBound(y, oracle(x, options), `${name} y`);
  return y;
}

/** Checks that dx, dscale and dbias keep their bounds. @returns the three */
export async function gradients<Options extends oracle.NormalizationOptions>(
  backend: Backend,
  { name, operator, oracle }: NormalizationBackward<Options>,
  x: oracle.Operand,
  dy: oracle.Operand,
  options: Options,
) {
  const actual = await evaluateAll(backend, () => ({
    ...operator(upload(backend, x), upload(backend, dy), uploadChannels(backend, options)),
  }));
  const expected = oracle(x, dy, options);
  for (const gradient of GRADIENTS) {
    expectWithinBound(actual[gradient], expected[gradient], `${name} ${gradient}`);
  }
  return actual;
}

/** Checks that the gradients agree with differences of the forward's oracle to four digits. */
export async function expectSlopes<Options extends oracle.NormalizationOptions>(
  backend: Backend,
  operator: NormalizationBackward<Options>,
  x: oracle.Operand,
  dy: oracle.Operand,
  options: Options & { readonly scale: oracle.Operand; readonly bias: oracle.Operand },
): Promise<void> {
  const actual = await gradients<Options>(backend, operator, x, dy, options);
  const { scale, bias } = options;
  const slopes = (of: oracle.Operand, forward: (moved: oracle.Operand) => oracle.Expected, step?: number) =>
    oracle.finiteDifference((data) => forward({ data, shape: of.shape }).values, of.data, dy.data, step);
  const expected = {
    dx: slopes(x, (moved) => operator.forward(moved, options), 2 ** -14),
    dscale: slopes(scale, (moved) => operator.forward(x, { ...options, scale: moved })),
    dbias: slopes(bias, (moved) => operator.forward(x, { ...options, bias: moved })),
  };
  for (const gradient of GRADIENTS) {
    for (const [i, slope] of expected[gradient].entries()) {
      expect(actual[gradient][i], `${gradient}[${i}]`).toBeCloseTo(slope, 4);
    }
  }
}
