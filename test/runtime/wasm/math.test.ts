import { describe, expect, test } from "vitest";
import type { FunctionBuilder } from "../../../src/runtime/wasm/assembler/functionBuilder.js";
import { F32x4 } from "../../../src/runtime/wasm/assembler/vectors.js";
import { Programs } from "../../../src/runtime/wasm/commands/programs.js";
import { exp, expm1, log, log1p, logistic, pow, tanh } from "../../../src/runtime/wasm/kernels/kit/math.js";
import { LinearMemory } from "../../../src/runtime/wasm/memory/linearMemory.js";

type Functions = (f: FunctionBuilder, x: F32x4) => F32x4;

const memory = new LinearMemory(false, 0);
const programs = new Programs(memory, { added() {} });

/** The values of a function that is written in WebAssembly. `after` comes after x in memory. */
function valuesOf(name: string, functions: Functions, x: Float32Array, after = new Float32Array()): Float32Array {
  const program = programs.get(name, (module) => {
    module.function("all", ["x", "y", "end"], (f, { x, y, end }) => {
      f.for(x, undefined, end, 16, () => {
        f.store(y, functions(f, F32x4.load(x)));
        y.advance(16);
      });
    });
  });
  const spans = [memory.allocate("test", x.length + after.length), memory.allocate("test", x.length + 3)] as const;
  memory.view(spans[0]).set(x);
  memory.view(spans[0]).set(after, x.length);
  program.function("all").call(spans[0].address, spans[1].address, spans[0].address + 4 * x.length);
  const y = memory.view({ ...spans[1], elements: x.length }).slice();
  for (const span of spans) memory.release(span);
  return y;
}

/**
 * The error in units in the last place of float32. Infinite if one of the two is NaN, a zero, or infinite without need,
 * and not the other.
 */
function errorOf(got: number, exact: number): number {
  if (Object.is(got, Math.fround(exact))) return 0;
  if (!Number.isFinite(exact) || exact === 0) return Number.POSITIVE_INFINITY;
  // The number after the largest one counts for infinity.
  const error = Math.abs(limited(got) - limited(exact)) / unit(exact);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

function limited(value: number): number {
  return Math.max(-(2 ** 128), Math.min(value, 2 ** 128));
}

function unit(exact: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(exact))), -126) - 23);
}

/** Numbers all over float32, with both signs, subnormal numbers and NaN. */
const SAMPLE = new Float32Array(Uint32Array.from({ length: 2 ** 19 }, (_, i) => i * 8191 + (i % 7)).buffer);
const SPECIAL = Float32Array.of(
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1, 0.5, -0.5, 2, -2],
  ...[2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -126), 3.4028234663852886e38, -3.4028234663852886e38],
  // Around the ends of the range of exp, and where its result is subnormal.
  ...[88.72283, 88.72284, 89, 90, -87.33654, -87.33655, -103.97207, -103.97208, -103.27893, -104, -105, -1000],
);
/** Numbers close together, where the functions change. */
const NEAR = Float32Array.from({ length: 100_000 }, (_, i) => (i - 50_000) / 450);

const logisticOf = (x: number) => 1 / (1 + Math.exp(-x));

describe.each<
  [name: string, functions: Functions, exact: (x: number) => number, units: number, from: number, to: number]
>([
  ["exp", exp, Math.exp, 1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  ["log", log, Math.log, 1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  ["log1p", log1p, Math.log1p, 2, 0, 1],
  ["expm1", expm1, Math.expm1, 2, Number.NEGATIVE_INFINITY, 0],
  ["logistic", logistic, logisticOf, 3, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  ["tanh", tanh, Math.tanh, 2, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
])("%s in WebAssembly", (name, functions, exact, units, from, to) => {
  test.each([
    ["all over float32", SAMPLE],
    ["close together", NEAR],
    ["at special values", SPECIAL],
  ])(`is within ${units} units in the last place, %s`, (_, sample) => {
    const x = sample.filter((value) => !(value < from || value > to));
    const y = valuesOf(name, functions, x);
    let largest = 0;
    let at = Number.NaN;
    for (const [i, given] of x.entries()) {
      const error = errorOf(y[i] ?? 0, exact(given));
      if (!(error <= largest)) [largest, at] = [error, given];
    }
    expect(largest, `at ${at}`).toBeLessThanOrEqual(units);
  });
});

describe("pow in WebAssembly", () => {
  test("is within 2 + 2 |b · log |a|| units in the last place", () => {
    // Bases all over float32, and powers up to 100.
    const bases = Float32Array.from({ length: 200_000 }, (_, i) => SAMPLE[(i * 5) % SAMPLE.length] ?? 1);
    const powers = bases.map((base, i) => ((((i * 7919) % 2001) - 1000) / 10) * (Math.abs(base) > 1e5 ? 0.02 : 1));
    // Odd and even powers of negative numbers, too.
    const rounded = powers.map((power, i) => (i % 3 === 0 ? Math.round(power) : power));
    const y = valuesOf("pow", (f, a) => pow(f, a, F32x4.load(f.parameter(0), 4 * bases.length)), bases, rounded);
    let largest = 0;
    let at = "";
    for (const [i, base] of bases.entries()) {
      const power = rounded[i] ?? 0;
      const exact = base === 1 ? 1 : base ** power;
      const t = Math.abs(power * Math.log(Math.abs(base)));
      const error = errorOf(y[i] ?? 0, exact) / (2 + 2 * (Number.isFinite(t) ? t : 0));
      if (!(error <= largest)) [largest, at] = [error, `${base} ** ${power}`];
    }
    expect(largest, at).toBeLessThanOrEqual(1);
  });

  test("knows zeros, infinities and NaN", () => {
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
    const values = [nan, inf, -inf, 0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2 ** 24 + 2];
    const [bases, powers] = [0, 1].map((side) =>
      Float32Array.from(values.flatMap((a) => values.map((b) => (side === 0 ? a : b)))),
    );
    if (!bases || !powers) throw new Error("there are two operands");
    const y = valuesOf(
      "pow of values",
      (f, a) => pow(f, a, F32x4.load(f.parameter(0), 4 * bases.length)),
      bases,
      powers,
    );
    for (const [i, a] of bases.entries()) {
      const b = powers[i] ?? 0;
      const exact = a === 1 || (a === -1 && Math.abs(b) === inf) ? 1 : a ** b;
      const error = errorOf(y[i] ?? 0, exact);
      expect(error, `${a} ** ${b} = ${y[i]}, expected ${exact}`).toBeLessThan(64);
    }
  });
});
