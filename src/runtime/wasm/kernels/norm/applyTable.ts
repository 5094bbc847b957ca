import { F64x2, roundedPairs } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

// y[n, pixel, c] from x[n, pixel, c] and a table of float64 [n, rows, c], in float64.

/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 6;

/** y = (x − table₀) · table₁ + table₂. */
export function normalize(work: Work, c: number, pixels: number, x: Span, table: Span, y: Span): void {
  apply(work, { name: "normalize", rows: 3 }, c, pixels, [x, x, table, y]);
}

/** dx = dy · table₁ − table₂ − (x − table₀) · table₃, or with `scalesLast` (dy − table₂ − (x − table₀) · table₃) · table₁. */
export function gradientOfInput(
  work: Work,
  c: number,
  pixels: number,
  { x, dy }: { readonly x: Span; readonly dy: Span },
  table: Span,
  dx: Span,
  scalesLast: boolean,
): void {
  apply(work, { name: scalesLast ? "gradientScaledLast" : "gradient", rows: 4 }, c, pixels, [x, dy, table, dx]);
}

/** dx = dy · table₁. */
export function scaled(work: Work, c: number, pixels: number, dy: Span, table: Span, dx: Span): void {
  apply(work, { name: "scaled", rows: 3 }, c, pixels, [dy, dy, table, dx]);
}

interface Formula {
  readonly name: "normalize" | "gradient" | "gradientScaledLast" | "scaled";
  /** The rows of the table. */
  readonly rows: number;
}

function apply(
  work: Work,
  formula: Formula,
  c: number,
  pixels: number,
  spans: readonly [x: Span, dy: Span, table: Span, y: Span],
): void {
  const program = work.program(`${formula.name} ${c}`, (module) => writeApply(module, formula, c));
  const args = [...spans.map(({ address }) => address), pixels];
  work.run(program.function("apply"), split(args, spans[3].elements / c, WORK_OF_ELEMENT * c));
}

/** The pixels from `pixel` up to `end`, of all images. */
function writeApply(module: ModuleBuilder, { name, rows }: Formula, c: number): void {
  module.function(
    "apply",
    ["x", "dy", "table", "y", "pixels", "pixel", "end"],
    (f, { x, dy, table, y, pixels, pixel, end }) => {
      const [image, endOfImage, row, last, toGradient] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
      const pair = (address: I32, half: number) => F64x2.loadFloats(address, 8 * half);
      const of = (half: number): F64x2 => {
        const rowOf = (i: number) => F64x2.load(row, 8 * c * i + 16 * half);
        if (name === "normalize") return pair(x, half).sub(rowOf(0)).mul(rowOf(1)).add(rowOf(2));
        const gradient = pair(x.add(toGradient), half);
        if (name === "scaled") return gradient.mul(rowOf(1));
        const scaledLast = name === "gradientScaledLast";
        const common = pair(x, half).sub(rowOf(0)).mul(rowOf(3));
        const difference = (scaledLast ? gradient : gradient.mul(rowOf(1))).sub(rowOf(2)).sub(common);
        return scaledLast ? difference.mul(rowOf(1)) : difference;
      };
      const four = (columns: number) => {
        f.storeLanes(y, columns > 2 ? roundedPairs(of(0), of(1)) : of(0).toF32x4(), columns);
        x.advance(4 * columns);
        y.advance(4 * columns);
      };
      toGradient.set(dy.sub(x));
      image.set(pixel.div(pixels));
      endOfImage.set(image.add(1).mul(pixels));
      table.advance(image.mul(8 * rows * c));
      x.advance(pixel.mul(4 * c));
      y.advance(pixel.mul(4 * c));
      f.for(pixel, undefined, end, 1, () => {
        f.if(pixel.equals(endOfImage), () => {
          endOfImage.advance(pixels);
          table.advance(8 * rows * c);
        });
        row.set(table);
        if (c >= 4) {
          last.set(table.add(32 * Math.floor(c / 4)));
          f.until(row, last, 32, () => four(4));
        }
        if (c % 4 > 0) four(c % 4);
      });
    },
  );
}
