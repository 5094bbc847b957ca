import type { DropoutMask } from "../../../../core/attributes.js";
import { halves } from "../../../../core/random.js";
import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4, I32x4, type Lanes } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { storeFirst, WORK_OF_VECTOR } from "../kit/elements.js";

/**
 * y[i] = x[i] · scale where bits(seed, step, replica, i) ≥ threshold, else 0, even if x[i] is NaN. The bits are
 * those of src/core/random.ts.
 */
export function dropout(
  work: Work,
  { seed, threshold, scale }: DropoutMask,
  { x, step, replica }: { readonly x: Span; readonly step: Span; readonly replica: Span },
  { y }: { readonly y: Span },
): void {
  const program = work.program("dropout", writeGroups);
  const numbers = [...halves(seed), threshold, bitsOf(scale), y.elements];
  const args = [x.address, y.address, step.address, replica.address, ...numbers];
  work.run(program.function("groups"), split(args, Math.ceil(y.elements / GROUP), (WORK_OF_VECTOR * GROUP) / 4));
}

/** The bits of a float32. */
function bitsOf(x: number): number {
  return new Uint32Array(Float32Array.of(x).buffer)[0] ?? 0;
}

/** One hash gives the bits of four elements. Four hashes are computed at a time. */
const GROUP = 16;

const PARAMETERS = [
  ...(["x", "y", "step", "replica", "seedLow", "seedHigh", "threshold", "scale", "elements"] as const),
  ...(["first", "end"] as const),
];

/** Writes the function "groups": groups of sixteen elements, from `first` up to `end`. */
function writeGroups(module: ModuleBuilder): void {
  module.function("groups", PARAMETERS, (f, given) => {
    const { x, y, step, replica, seedLow, seedHigh, threshold, scale, elements, first, end } = given;
    const scales = f.f32x4(I32x4.splatOf(scale).asF32x4());
    const least = f.i32x4(I32x4.splatOf(threshold));
    const steps = f.i32x4(F32x4.splat(step).toI32x4());
    const replicas = f.i32x4(F32x4.splat(replica).toI32x4());
    const high = I32x4.splatOf(seedHigh).xor(replicas).add(replicas.shiftLeft(21));
    const seeds = [f.i32x4(I32x4.splatOf(seedLow)), f.i32x4(high)] as const;
    const left = f.i32(elements.sub(first.mul(GROUP)));
    for (const pointer of [x, y]) pointer.advance(first.mul(4 * GROUP));
    f.for(first, undefined, end, 1, () => {
      const indices = I32x4.splatOf(first.mul(4)).add(I32x4.ofLanes([0, 1, 2, 3]));
      const bits = transposed(f, pcg4d(f, [indices, steps, ...seeds]));
      for (const hash of bits) {
        f.if(left.differs(0), () => {
          const kept = F32x4.load(x).mul(scales).where(hash.atLeastUnsigned(least));
          storeFirst(f, [[y, f.f32x4(kept)]], left);
          left.set(left.sub(left.min(4)));
        });
        for (const pointer of [x, y]) pointer.advance(16);
      }
    });
  });
}

type Four = readonly [I32x4, I32x4, I32x4, I32x4];

/** Four hashes at a time; see src/core/random.ts. */
function pcg4d(f: FunctionBuilder, counter: Four): Four {
  const started = (word: I32x4) => f.i32x4(word.mul(I32x4.of(1664525)).add(I32x4.of(1013904223)));
  const [x, y, z, w] = [started(counter[0]), started(counter[1]), started(counter[2]), started(counter[3])];
  const mix = () => {
    x.set(x.add(y.mul(w)));
    y.set(y.add(z.mul(x)));
    z.set(z.add(x.mul(y)));
    w.set(w.add(y.mul(z)));
  };
  mix();
  for (const word of [x, y, z, w]) word.set(word.xor(word.shiftRight(16)));
  mix();
  return [x, y, z, w];
}

/** The columns of the matrix that has these rows. */
function transposed(f: FunctionBuilder, [x, y, z, w]: Four): Four {
  const [low, high] = [[0, 4, 1, 5] as const, [2, 6, 3, 7] as const];
  const mixed = (a: I32x4, b: I32x4, lanes: Lanes) => f.f32x4(a.asF32x4().shuffle(b.asF32x4(), lanes));
  const [xyLow, xyHigh, zwLow, zwHigh] = [mixed(x, y, low), mixed(x, y, high), mixed(z, w, low), mixed(z, w, high)];
  const column = (xy: F32x4, zw: F32x4, lanes: Lanes) => f.i32x4(xy.shuffle(zw, lanes).bits());
  return [
    column(xyLow, zwLow, [0, 1, 4, 5]),
    column(xyLow, zwLow, [2, 3, 6, 7]),
    column(xyHigh, zwHigh, [0, 1, 4, 5]),
    column(xyHigh, zwHigh, [2, 3, 6, 7]),
  ];
}
