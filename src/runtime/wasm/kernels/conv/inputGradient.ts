import { asOneRow, type Conv2dGeometry } from "../../../../core/geometry.js";
import type { Work } from "../../commands/work.js";
import { Memo } from "../kit/memo.js";
import { isDepthwise } from "./depthwiseConv2d.js";
import { depthwiseGradient } from "./depthwiseGradient.js";
import { borderJobs, writeBorder } from "./gradientBorder.js";
import { type GradientPlan, planGradient } from "./gradientPlan.js";
import { type FlippedTaps, packFlippedJobs, writePackColumns, writePackFlipped } from "./packFlipped.js";
import { inFrames, writePadImages } from "./padImages.js";
import { runProducts, writeProducts } from "./productPlan.js";
import type { RowProducts } from "./rowProducts.js";

/** Addresses. */
export interface GradientTensors {
  readonly dy: number;
  readonly w: number;
  readonly dx: number;
  readonly bias: number | undefined;
  readonly mask: number | undefined;
}

/**
 * If windows lie side by side and fill all columns, the same convolution with the columns of a window as one pixel: x as
 * [N, H, Q, S · C], w as [R, 1, S · C, K]. The memory is the same. Otherwise the geometry itself.
 */
function asWidePixels(g: Conv2dGeometry): Conv2dGeometry {
  const sideBySide = g.strideWidth === g.s && g.dilationWidth === 1 && g.padLeft === 0 && g.q * g.s === g.w;
  if (!sideBySide || g.groups > 1) return g;
  const c = g.s * g.c;
  return { ...g, w: g.q, s: 1, c, cPerGroup: c, strideWidth: 1, padRight: 0, tapStepWidth: 1, outputStepWidth: 1 };
}

const plans = new Memo<GradientPlan>();
/** Four floats. */
const CHECK_BYTES = 16;

/**
 * dx[n, h, w, c] = finish(bias[c] + Σ dy[n, p, q, k] · w[r, s, c, k]) over h = p · stride + r · dilation − pad, and w by
 * the same equation.
 *
 * The positions of dx with the same remainder by the strides form a phase. Its sums are those of a convolution of dy with
 * some taps of the filter, in reverse order. dy is copied between columns of zeros. Rows that do not exist are left out.
 *
 * Zeros times a NaN or an infinity in w are NaN. If w holds one, the columns at the borders are computed again, without
 * zeros.
 */
export function inputGradient(
  work: Work,
  geometry: Conv2dGeometry,
  finish: RowProducts["finish"],
  { dy, w, dx, bias, mask }: GradientTensors,
): void {
  if (isDepthwise(geometry) && geometry.kPerGroup === 1) {
    depthwiseGradient(work, geometry, finish, { x: dy, w, y: dx, bias, mask });
    return;
  }
  const plan = plans.get(`${Object.values(geometry)} ${finish} ${bias !== undefined}`, () => {
    const row = asOneRow(geometry);
    if (bias === undefined) return planGradient(asWidePixels(row), finish, false);
    // Each channel has its bias, so the channels of several pixels cannot be one pixel's.
    return planGradient(row.c === geometry.c ? row : geometry, finish, true);
  });
  const { g, frame, padded, filter, packs, products } = plan;
  const program = work.program(plan.key, (module) => {
    if (padded) {
      writePadImages(module, "pad", frame);
      writeBorder(module, "border", { geometry: g, rows: false, bias: bias !== undefined, finish });
    }
    if (plan.packsPanels) writePackFlipped(module, "packPanels", filter);
    if (plan.packsColumns) writePackColumns(module, "packColumns", filter);
    writeProducts(module, products, work.relaxedSimd);
  });
  const packed = work.workspace(plan.packedElements).address;
  const jobsOf = (dots: boolean) =>
    packs
      .filter((pack) => pack.dots === dots)
      .flatMap(({ from, to, across, taps }) => {
        const target: FlippedTaps = { w: w + from * 4, out: packed + to, across, taps };
        return packFlippedJobs(filter, target, dots);
      });
  const [panelJobs, columnJobs] = [jobsOf(false), jobsOf(true)];
  const checkCount = panelJobs.length + columnJobs.length;
  const checks = work.workspace(checkCount * 4).address;
  const checked = [...panelJobs, ...columnJobs].map((job, i) => job(checks + i * CHECK_BYTES));
  if (plan.packsPanels) work.run(program.function("packPanels"), checked.slice(0, panelJobs.length));
  if (plan.packsColumns) work.run(program.function("packColumns"), checked.slice(panelJobs.length));
  inFrames(work, program, frame, dy, g.n, (images) => {
    runProducts(work, program, products, images, { panels: packed, y: dx, bias, mask, pixels: g.h * g.w });
  });
  if (padded) {
    const args = [dy, w, dx, bias ?? 0, mask ?? 0, checks, checks + checkCount * CHECK_BYTES];
    work.run(program.function("border"), borderJobs(g, args));
  }
}
