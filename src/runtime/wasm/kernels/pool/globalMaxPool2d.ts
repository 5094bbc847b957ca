import type { GlobalPool2dAttributes } from "../../../../core/attributes.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

/** y[n, c] = max over the pixels of x[n, pixel, c]. NaN if one of them is NaN. */
export function globalMaxPool2d(
  work: Work,
  { pixels, c }: GlobalPool2dAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  const program = work.program(`globalMaxPool2d ${pixels} ${c}`, (module) => writeImages(module, pixels, c));
  work.run(program.function("images"), split([x.address, y.address], y.elements / c, pixels * c));
}

/** The images from `image` up to `end`: four channels at a time. */
function writeImages(module: ModuleBuilder, pixels: number, c: number): void {
  module.function("images", ["x", "y", "image", "end"], (f, { x, y, image, end }) => {
    const [from, to, last, at, lastPixel] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [value, largest] = [f.f32x4(), f.f32x4()];
    const nan = f.i32x4();
    const channels = (lanes: number) => {
      at.set(from);
      lastPixel.set(from.add(pixels * c * 4));
      largest.set(F32x4.load(from));
      nan.set(largest.differs(largest));
      f.until(at, lastPixel, c * 4, () => {
        value.set(F32x4.load(at));
        nan.set(nan.or(value.differs(value)));
        largest.set(largest.pseudoMax(value));
      });
      f.storeLanes(to, largest.bits().or(nan).asF32x4(), lanes);
      from.advance(lanes * 4);
      to.advance(lanes * 4);
    };
    f.for(image, undefined, end, 1, () => {
      from.set(x.add(image.mul(pixels * c * 4)));
      to.set(y.add(image.mul(c * 4)));
      if (c >= 4) {
        last.set(from.add(4 * 4 * Math.floor(c / 4)));
        f.until(from, last, 0, () => channels(4));
      }
      if (c % 4 > 0) channels(c % 4);
    });
  });
}
