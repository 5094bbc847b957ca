import type { Conv2dAttributes } from "../../../../core/attributes.js";
import { asOneRow, type Conv2dGeometry } from "../../../../core/geometry.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { packJobs, panelElements, writePackRows } from "./packPanels.js";
import { type Frame, frameElements, isWholeImage, padJobs, writePadImages } from "./padImages.js";
import { productJobs } from "./productJobs.js";
import { type RowProducts, termsOf, writeRowProducts } from "./rowProducts.js";

/**
 * y[n, p, q, k] = relu?(bias[k] + Σ x[n, p · stride + r · dilation − pad, …, c] · w[r, s, c, k]), x nhwc, w hwio.
 *
 * x is copied into a frame of zeros. There, the S · C floats of a filter's row lie side by side, so the sum is that of a
 * matrix product in R pieces.
 */
export function conv2d(
  work: Work,
  { geometry, relu }: Conv2dAttributes,
  { x, w, bias }: { readonly x: Span; readonly w: Span; readonly bias?: Span | undefined },
  { y }: { readonly y: Span },
): void {
  const g = asOneRow(geometry);
  const frame = frameOf(g);
  const products = productsOf(g, frame, bias !== undefined, relu);
  const panels = { rows: termsOf(products.runs), columns: g.k };
  const padded = !isWholeImage(frame);
  const key = `conv2d ${JSON.stringify([frame, products])}`;
  const program = work.program(key, (module: ModuleBuilder) => {
    if (padded) writePadImages(module, "pad", frame);
    writePackRows(module, "pack", panels, g.k);
    writeRowProducts(module, "products", products, work);
  });
  const packed = work.workspace(panelElements(panels));
  work.run(program.function("pack"), packJobs(panels, w.address, packed.address));
  let from = x.address;
  if (padded) {
    from = work.workspace(frameElements(frame, g.n)).address;
    work.run(program.function("pad"), padJobs(frame, g.n, x.address, from));
  }
  const args = [from, packed.address, y.address, bias?.address ?? 0];
  work.run(program.function("products"), productJobs(products, args, g.n * g.p));
}

/** The frame holds all that windows touch, and nothing else. */
function frameOf(g: Conv2dGeometry): Frame {
  return {
    ...{ h: g.h, w: g.w, c: g.c, top: g.padTop, left: g.padLeft },
    height: (g.p - 1) * g.strideHeight + (g.r - 1) * g.dilationHeight + 1,
    width: (g.q - 1) * g.strideWidth + (g.s - 1) * g.dilationWidth + 1,
  };
}

function productsOf(g: Conv2dGeometry, { height, width }: Frame, bias: boolean, relu: boolean): RowProducts {
  const [pixel, row] = [g.c * 4, width * g.c * 4];
  const dense = g.dilationWidth === 1;
  return {
    ...{ rows: g.p, pixels: g.q, channels: g.k, bias, relu },
    x: { image: height * row, row: g.strideHeight * row, pixel: g.strideWidth * pixel },
    y: { image: g.p * g.q * g.k * 4, row: g.q * g.k * 4, pixel: g.k * 4 },
    runs: {
      ...{ rows: g.r, rowStep: g.dilationHeight * row },
      ...{ columns: dense ? 1 : g.s, columnStep: g.dilationWidth * pixel },
      length: dense ? g.s * g.c : g.c,
    },
  };
}
