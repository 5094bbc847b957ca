import type { GlobalMaxPool2dBackwardAttributes } from "../../../../core/attributes.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4, I32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { stagesOf } from "../kit/axes.js";
import { extremeAxes } from "../kit/extrema.js";

/** The multiply-adds that take as long as one number. */
const WORK_OF_NUMBER = 4;

/**
 * dx[n, pixel, c] = dy[n, c] for the first pixel that holds the maximum of a channel, or the first NaN; or for all
 * pixels that equal the maximum. 0 elsewhere.
 */
export function globalMaxPool2dBackward(
  work: Work,
  { pixels, c, ties }: GlobalMaxPool2dBackwardAttributes,
  { x, dy }: { readonly x: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const n = dy.elements / c;
  const maxima = work.workspace(dy.elements);
  extremeAxes(work, "max", stagesOf([n, pixels, c], [n, 1, c]), x, maxima);
  const program = work.program(`globalMaxPool2dBackward ${ties} ${c}`, (module) => writeGradient(module, ties, c));
  const args = [x.address, maxima.address, dy.address, dx.address, pixels];
  const jobs = split(args, n * Math.ceil(c / 4), 4 * WORK_OF_NUMBER * pixels);
  work.run(program.function("channels"), jobs);
}

/** A unit is four channels of an image. */
function writeGradient(module: ModuleBuilder, ties: "first" | "all", c: number): void {
  const vectors = Math.ceil(c / 4);
  module.function(
    "channels",
    ["x", "maxima", "dy", "dx", "pixels", "unit", "end"],
    (f, { x, maxima, dy, dx, pixels, unit, end }) => {
      const [image, channels, at, last, toDx] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(dx.sub(x))];
      const [value, maximum, left] = [f.f32x4(), f.f32x4(), f.f32x4()];
      const hit = f.i32x4(I32x4.of(0));
      const columns = (lanes: number) => {
        f.until(at, last, c * 4, () => {
          value.set(F32x4.load(at));
          const equal = value.equals(maximum);
          hit.set(ties === "all" ? equal : equal.or(value.differs(value)));
          f.storeLanes(at.add(toDx), left.where(hit), lanes);
          if (ties === "first") left.set(left.whereNot(hit));
        });
      };
      f.for(unit, undefined, end, 1, () => {
        image.set(unit.div(vectors));
        channels.set(unit.rem(vectors).mul(16));
        at.set(x.add(image.mul(pixels).mul(c * 4)).add(channels));
        last.set(at.add(pixels.mul(c * 4)));
        maximum.set(F32x4.load(maxima.add(image.mul(c * 4)).add(channels)));
        left.set(F32x4.load(dy.add(image.mul(c * 4)).add(channels)));
        if (c % 4 === 0) columns(4);
        else if (vectors === 1) columns(c);
        else
          f.if(
            channels.equals(16 * (vectors - 1)),
            () => columns(c % 4),
            () => columns(4),
          );
      });
    },
  );
}
