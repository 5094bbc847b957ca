import type { Conv2dAttributes } from "../../../../core/attributes.js";
import { asOneRow, type Conv2dGeometry } from "../../../../core/geometry.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { Memo } from "../kit/memo.js";
import { depthwiseConv2d, isDepthwise } from "./depthwiseConv2d.js";
import { frameOf } from "./forwardFrame.js";
import { type Panels, packJobs, panelElements, writePackRows } from "./packPanels.js";
import { type Frame, inFrames, isWholeImage, writePadImages } from "./padImages.js";
import { pixelsInRows } from "./pixelsInRows.js";
import { type ProductPart, planProducts, runProducts, writeProducts } from "./productPlan.js";
import type { RowProducts } from "./rowProducts.js";

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
  if (isDepthwise(geometry)) {
    const [tensors, optional] = [
      { x: x.address, w: w.address, y: y.address },
      { bias: bias?.address, mask: undefined },
    ];
    depthwiseConv2d(work, geometry, relu, { ...tensors, ...optional });
    return;
  }
  const plan = plans.get(`${Object.values(geometry)} ${relu} ${bias !== undefined}`, () =>
    planConv2d(asOneRow(geometry), bias !== undefined, relu),
  );
  const { g, frame, padded, panels, products } = plan;
  const program = work.program(plan.key, (module) => {
    if (padded) writePadImages(module, "pad", frame);
    writePackRows(module, "pack", panels, g.k);
    writeProducts(module, products, work.relaxedSimd);
  });
  const packed = work.workspace(g.groups * panelElements(panels)).address;
  const groupJobs = (i: number) =>
    packJobs(panels, w.address + i * g.kPerGroup * 4, packed + i * panelElements(panels) * 4);
  work.run(program.function("pack"), Array.from({ length: g.groups }, (_, i) => groupJobs(i)).flat());
  inFrames(work, program, frame, x.address, g.n, (images) => {
    runProducts(work, program, products, images, {
      ...{ panels: packed, y: y.address, bias: bias?.address, mask: undefined },
      pixels: g.p * g.q,
    });
  });
}

const plans = new Memo<ReturnType<typeof planConv2d>>();

function planConv2d(g: Conv2dGeometry, bias: boolean, relu: boolean) {
  const frame = frameOf(g);
  const padded = !isWholeImage(frame);
  const panels: Panels = { rows: g.r * g.s * g.cPerGroup, columns: g.kPerGroup };
  const products = planProducts(partsOf(g, frame, panelElements(panels) * 4, bias, relu), g.k);
  const key = `conv2d ${JSON.stringify([panels, g.k, padded ? frame : 0])} ${products.key}`;
  return { g, frame, padded, panels, products, key };
}

/** A part for each group. */
function partsOf(g: Conv2dGeometry, frame: Frame, panelBytes: number, bias: boolean, relu: boolean): ProductPart[] {
  const products = productsOf(g, frame, bias, relu);
  return Array.from({ length: g.groups }, (_, i) => ({
    ...{ products, rows: g.p, top: 0 },
    x: i * g.cPerGroup * 4,
    panels: i * panelBytes,
    y: i * g.kPerGroup * 4,
    bias: i * g.kPerGroup * 4,
  })).flatMap((part) => pixelsInRows(part, g.n));
}

function productsOf(g: Conv2dGeometry, { height, width }: Frame, bias: boolean, relu: boolean): RowProducts {
  const [pixel, row] = [g.c * 4, width * g.c * 4];
  const dense = g.dilationWidth === 1 && g.groups === 1;
  return {
    ...{ rows: g.p, pixels: g.q, channels: g.kPerGroup, bias, finish: relu ? "relu" : "none", dots: false },
    x: { image: height * row, row: g.strideHeight * row, pixel: g.strideWidth * pixel },
    y: { image: g.p * g.q * g.k * 4, row: g.q * g.k * 4, pixel: g.k * 4 },
    runs: {
      ...{ rows: g.r, rowStep: g.dilationHeight * row },
      ...{ columns: dense ? 1 : g.s, columnStep: g.dilationWidth * pixel },
      length: dense ? g.s * g.c : g.cPerGroup,
    },
  };
}
