import { asOneRow, type Conv2dGeometry } from "../../../../core/geometry.js";
import { evenly, type Job, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { Memo } from "../kit/memo.js";
import { sumRows } from "../kit/sumRows.js";
import { matmul } from "../matmul/matmul.js";
import { conv2dBackwardBias } from "./conv2dBackwardBias.js";
import { writeDepthwiseFilter } from "./depthwiseFilter.js";
import { cutFilterWork } from "./filterJobs.js";
import { type FilterProducts, type Strip, stripsOf, tilesOf, writeFilterProducts } from "./filterProducts.js";
import { type Frame, frameElements, padJobs, writePadImages } from "./padImages.js";
import { tapCount } from "./windowTaps.js";

/**
 * dw[r, s, c, k] = Σ x[n, p · stride + r · dilation − pad, …, c] · dy[n, p, q, k] over n, p and q, x nhwc, w hwio, and
 * db[k] = Σ dy[n, p, q, k]. Padding is a real zero: 0 times an infinity is NaN.
 *
 * The sums are cut into slices of rows, as many as the shape says. The slices are added in pairs.
 */
export function conv2dBackwardFilter(
  work: Work,
  g: Conv2dGeometry,
  { x, dy }: { readonly x: Span; readonly dy: Span },
  { dw, db }: { readonly dw: Span; readonly db?: Span | undefined },
): void {
  if (db) conv2dBackwardBias(work, undefined, { dy }, { db });
  const plan = plans.get(`${Object.values(g)}`, () => planFilterGradient(g));
  if ("product" in plan) {
    matmul(work, plan.product, { a: x, b: dy }, { y: dw });
    return;
  }
  const { frame, products, isDepthwise, strips, slices } = plan;
  const program = work.program(plan.key, (module) => {
    if (frame) writePadImages(module, "pad", frame);
    if (isDepthwise) writeDepthwiseFilter(module, "depthwise", products, work.relaxedSimd);
    for (const { strip } of strips) {
      writeFilterProducts(module, `strip ${strip.first}`, products, strip, work.relaxedSimd);
    }
  });
  let from = x.address;
  if (frame) {
    from = work.workspace(frameElements(frame, g.n)).address;
    work.run(program.function("pad"), padJobs(frame, g.n, x.address, from));
  }
  const sums = slices.length > 1 ? work.workspace(slices.length * dw.elements) : dw;
  const jobsOf = (ranges: readonly Job[]): readonly Job[] =>
    slices.flatMap(({ first, end }, i) => {
      const args = [from, dy.address, sums.address + 4 * i * dw.elements, first, end];
      return ranges.map((range) => [...args, ...range]);
    });
  if (isDepthwise) work.run(program.function("depthwise"), jobsOf([[]]));
  for (const { strip, ranges } of strips) work.run(program.function(`strip ${strip.first}`), jobsOf(ranges));
  if (slices.length > 1) {
    const rows = { address: sums.address, count: slices.length, columns: dw.elements, stride: dw.elements };
    sumRows(work, rows, dw.address);
  }
}

const plans = new Memo<ReturnType<typeof planFilterGradient>>();

function planFilterGradient(g: Conv2dGeometry) {
  const row = asOneRow(g);
  if (row !== g && g.groups === 1) {
    const single = { batchShape: [], aBatch: [], bBatch: [], relu: false };
    return { product: { ...single, m: row.c, n: row.k, k: row.q, transposeA: true, transposeB: false } };
  }
  const isDepthwise = g.cPerGroup === 1 && g.kPerGroup === 1;
  const frame = frameOf(g);
  const products = productsOf(g, frame ?? { height: g.h, width: g.w });
  const { slices, parts } = cutFilterWork(g, isDepthwise ? 1 : g.groups * Math.ceil(tapCount(products.taps) / 4));
  return {
    ...{ frame, products, isDepthwise, slices },
    /** What the functions depend on. */
    key: `conv2dBackwardFilter ${JSON.stringify([frame, products])}`,
    strips: isDepthwise
      ? []
      : stripsOf(g.kPerGroup).map((strip) => ({ strip, ranges: rangesOf(g, products, strip, parts) })),
  };
}

/** Ranges of tiles and of groups: at most `parts`. */
function rangesOf(g: Conv2dGeometry, { taps }: FilterProducts, strip: Strip, parts: number): readonly Job[] {
  const tiles = tilesOf(taps, strip).reduce((sum, { count }) => sum + count, 0);
  const groups = evenly(g.groups, parts);
  return groups.flatMap((group) =>
    evenly(tiles, parts / groups.length).map(({ first, end }) => [first, end, group.first, group.end]),
  );
}

/** The frame of zeros around images that windows need. Undefined if no window reaches beyond the image. */
function frameOf(g: Conv2dGeometry): Frame | undefined {
  const height = (g.p - 1) * g.strideHeight + (g.r - 1) * g.dilationHeight + 1;
  const width = (g.q - 1) * g.strideWidth + (g.s - 1) * g.dilationWidth + 1;
  if (g.padTop === 0 && g.padLeft === 0 && height <= g.h && width <= g.w) return undefined;
  return { h: g.h, w: g.w, c: g.c, top: g.padTop, left: g.padLeft, height, width };
}

function productsOf(
  g: Conv2dGeometry,
  { height, width }: { readonly height: number; readonly width: number },
): FilterProducts {
  const pixel = 4 * g.c;
  const row = width * pixel;
  return {
    rows: g.p,
    pixels: g.q,
    x: { image: height * row, row: g.strideHeight * row, pixel: g.strideWidth * pixel },
    taps: {
      ...{ rows: g.r, columns: g.s, channels: g.cPerGroup },
      ...{ rowStep: g.dilationHeight * row, columnStep: g.dilationWidth * pixel },
    },
    channels: g.k,
    channelsOfGroup: g.kPerGroup,
  };
}
