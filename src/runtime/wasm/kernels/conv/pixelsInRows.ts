import type { ProductPart } from "./productPlan.js";
import { CACHED_TERMS, type Runs } from "./rowProducts.js";

/** A multiple of the pixels of every tile. */
const PIXELS_OF_ROW = 24;

/**
 * If a part is one long row of pixels, it becomes many short rows and a rest, which are shared out as jobs. So its
 * functions do not depend on the length of the long row.
 */
export function pixelsInRows(part: ProductPart, images: number): readonly ProductPart[] {
  const { products } = part;
  if (images > 1 || part.rows > 1 || products.runs.rows * products.runs.columns > 1 || products.clip) return [part];
  const { x, y } = products;
  const runs = inPieces(products.runs, products.dots ? 4 : 1);
  const whole = Math.floor(products.pixels / PIXELS_OF_ROW);
  const someRows = (pixels: number, firstRow: number, rows: number): ProductPart => ({
    ...part,
    products: {
      ...products,
      ...{ rows: 1, pixels, runs },
      x: { ...x, image: PIXELS_OF_ROW * x.pixel, row: PIXELS_OF_ROW * x.pixel },
      y: { ...y, image: PIXELS_OF_ROW * y.pixel, row: PIXELS_OF_ROW * y.pixel },
    },
    rows,
    x: part.x + firstRow * PIXELS_OF_ROW * x.pixel,
    y: part.y + firstRow * PIXELS_OF_ROW * y.pixel,
  });
  return [someRows(PIXELS_OF_ROW, 0, whole), someRows(products.pixels % PIXELS_OF_ROW, whole, 1)].filter(
    ({ rows, products: { pixels } }) => rows > 0 && pixels > 0,
  );
}

/** A long run in equal pieces of a multiple of `step` floats, so that the weights of a piece stay in the caches. */
function inPieces(runs: Runs, step: number): Runs {
  const { length } = runs;
  const fewest = Math.ceil(length / CACHED_TERMS);
  for (let pieces = fewest; pieces < 4 * fewest; pieces++) {
    if (length % (step * pieces) === 0)
      return { ...runs, rows: pieces, rowStep: (length / pieces) * 4, length: length / pieces };
  }
  return runs;
}
