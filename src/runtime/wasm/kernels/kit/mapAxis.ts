import { F64x2, roundedPairs } from "../../assembler/doubles.js";
import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { type AxisMap, mostTaps } from "./axisMap.js";

// One axis of a tensor is mapped by a table of taps. It holds, for each output position, the number of its first tap,
// and one more number at the end; then for each tap its position and its weight.

/**
 * What becomes of the taps of an output: the sum of their products with the weights, or the largest one, NaN if one is
 * NaN. "preciseSum" adds in float64. The others add one after the other.
 */
export type Combination = "sum" | "preciseSum" | "max";

/** More terms than this are added in float64. */
const MOST_IN_ORDER = 8;

/** The combination that keeps long sums accurate. */
export function accurate(map: AxisMap): Combination {
  return mostTaps(map) > MOST_IN_ORDER ? "preciseSum" : "sum";
}

/** The numbers that one unit of work has at most. */
const NUMBERS_OF_UNIT = 4096;
/** The numbers of a tile, which is in registers. */
const TILES = [16, 4, 1] as const;
const TAP_BYTES = 8;
/** The multiply-adds that take as long as one number of a tap. */
const WORK_OF_TAP = 2;

/** y[o, i, j] = the taps of output i of x[o, …, j], combined. `inner` is the extent of j. */
export function mapAxis(
  work: Work,
  combination: Combination,
  map: AxisMap,
  { outer, inner }: { readonly outer: number; readonly inner: number },
  x: Span,
  y: Span,
): void {
  const table = writeTable(work, map);
  const outputs = map.taps.length;
  const blocks = Math.ceil(inner / NUMBERS_OF_UNIT);
  const program = work.program(`mapAxis ${combination}`, (module) => writeMap(module, combination));
  const taps = map.taps.reduce((sum, { length }) => sum + length, 0) / outputs;
  const workOfUnit = WORK_OF_TAP * (taps + 1) * Math.min(inner, NUMBERS_OF_UNIT) + 40;
  const args = [x.address, y.address, table.address, outputs, map.inputs, inner, blocks];
  work.run(program.function("map"), split(args, outer * outputs * blocks, workOfUnit));
}

/** Queues the writing of the table. */
function writeTable(work: Work, { taps }: AxisMap): Span {
  const all = taps.flat();
  const span = work.workspace(taps.length + 1 + 2 * all.length);
  work.runOnHost((view) => {
    const numbers = view(span);
    const integers = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length);
    let first = 0;
    for (const [output, { length }] of taps.entries()) {
      integers[output] = first;
      first += length;
    }
    integers[taps.length] = first;
    let next = taps.length + 1;
    for (const { at, weight } of all) {
      integers[next] = at;
      numbers[next + 1] = weight;
      next += 2;
    }
  });
  return span;
}

/** A unit is a block of the numbers of one output position. */
function writeMap(module: ModuleBuilder, combination: Combination): void {
  module.function(
    "map",
    ["x", "y", "table", "outputs", "inputs", "inner", "blocks", "unit", "end"],
    (f, { x, y, table, outputs, inputs, inner, blocks, unit, end }) => {
      const [row, entry, firstTap, lastTap, tap] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
      const [column, stop, from, to] = [f.i32(), f.i32(), f.i32(), f.i32()];
      const tapsOf = (index: I32) => table.add(outputs.add(1).mul(4)).add(index.mul(TAP_BYTES));
      const tiles = TILES.map((numbers) => ({ numbers, tile: tileOf(f, combination, numbers) }));
      f.for(unit, undefined, end, 1, () => {
        row.set(unit.div(blocks));
        entry.set(table.add(row.rem(outputs).mul(4)));
        firstTap.set(tapsOf(I32.load(entry)));
        lastTap.set(tapsOf(I32.load(entry, 4)));
        column.set(unit.rem(blocks).mul(NUMBERS_OF_UNIT));
        from.set(x.add(row.div(outputs).mul(inputs).mul(inner).add(column).mul(4)));
        to.set(y.add(row.mul(inner).add(column).mul(4)));
        stop.set(to.add(inner.sub(column).min(NUMBERS_OF_UNIT).mul(4)));
        for (const { numbers, tile } of tiles) {
          const whole = stop.sub(to).and(-4 * numbers);
          column.set(to.add(whole));
          f.for(to, undefined, column, 4 * numbers, () => {
            tile.clear();
            f.if(firstTap.differs(lastTap), () => {
              tap.set(firstTap);
              const source = () => from.add(I32.load(tap).mul(inner).mul(4));
              tile.take(source(), tap, true);
              tap.advance(TAP_BYTES);
              f.for(tap, undefined, lastTap, TAP_BYTES, () => tile.take(source(), tap, false));
            });
            tile.store(to);
            from.advance(4 * numbers);
          });
        }
      });
    },
  );
}

/** Combines the taps of some neighbouring numbers. */
interface Tile {
  /** The result if there is no tap. */
  clear(): void;
  take(source: I32, tap: I32, isFirst: boolean): void;
  store(to: I32): void;
}

function tileOf(f: FunctionBuilder, combination: Combination, numbers: number): Tile {
  const at = f.i32();
  if (combination === "max") return maxTile(f, at, numbers);
  return combination === "sum" ? sumTile(f, at, numbers) : preciseTile(f, at, numbers);
}

function sumTile(f: FunctionBuilder, at: I32Variable, numbers: number): Tile {
  const sums = f.vectors(Math.ceil(numbers / 4));
  const weight = f.f32x4();
  return {
    clear() {
      for (const sum of sums) sum.set(F32x4.of(0));
    },
    take(source, tap, isFirst) {
      at.set(source);
      weight.set(F32x4.splat(tap.add(4)));
      for (const [i, sum] of sums.entries()) {
        const product = weight.mul(loadUpTo(at, numbers, 16 * i));
        sum.set(isFirst ? product : sum.add(product));
      }
    },
    store(to) {
      for (const [i, sum] of sums.entries()) f.storeLanes(to, sum, numbers, 16 * i);
    },
  };
}

function preciseTile(f: FunctionBuilder, at: I32Variable, numbers: number): Tile {
  const sums = Array.from({ length: Math.ceil(numbers / 2) }, () => f.f64x2());
  const weight = f.f64x2();
  return {
    clear() {
      for (const sum of sums) sum.set(F64x2.of(0));
    },
    take(source, tap, isFirst) {
      at.set(source);
      weight.set(F64x2.fromLow(F32x4.splat(tap.add(4))));
      for (const [i, sum] of sums.entries()) {
        const product = weight.mul(numbers === 1 ? F64x2.loadFloat(at) : F64x2.loadFloats(at, 8 * i));
        sum.set(isFirst ? product : sum.add(product));
      }
    },
    store(to) {
      for (const [i, sum] of sums.entries()) {
        if (i % 2 === 0) f.storeLanes(to, roundedPairs(sum, sums[i + 1] ?? sum), numbers, 8 * i);
      }
    },
  };
}

function maxTile(f: FunctionBuilder, at: I32Variable, numbers: number): Tile {
  const largest = f.vectors(Math.ceil(numbers / 4));
  const nan = largest.map(() => f.i32x4());
  const value = f.f32x4();
  return {
    clear() {},
    take(source, _tap, isFirst) {
      at.set(source);
      for (const [i, best] of largest.entries()) {
        const mask = nan[i];
        value.set(loadUpTo(at, numbers, 16 * i));
        const isNan = value.differs(value);
        mask?.set(isFirst ? isNan : mask.or(isNan));
        best.set(isFirst ? value : best.pseudoMax(value));
      }
    },
    store(to) {
      for (const [i, best] of largest.entries()) {
        const mask = nan[i];
        if (mask) f.storeLanes(to, best.bits().or(mask).asF32x4(), numbers, 16 * i);
      }
    },
  };
}

/** Four numbers, or one of them in each lane. */
function loadUpTo(address: I32, numbers: number, offset: number): F32x4 {
  return numbers === 1 ? F32x4.splat(address) : F32x4.load(address, offset);
}
