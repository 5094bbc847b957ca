import type { Conv2dGeometry } from "../../../../core/geometry.js";
import type { Work } from "../../commands/work.js";
import { Memo } from "../kit/memo.js";
import {
  type DepthwisePart,
  type DepthwisePlan,
  type DepthwiseTensors,
  planDepthwise,
  runDepthwise,
  writeDepthwise,
} from "./depthwise.js";
import { borderJobs, writeBorder, writeCheck } from "./gradientBorder.js";
import { overhang, type Phase, type PhasedAxis, phasesOf } from "./phases.js";
import type { RowProducts } from "./rowProducts.js";

const plans = new Memo<DepthwisePlan>();

/**
 * The input gradient of a depthwise convolution with one output for each channel: for each stride phase, a depthwise
 * convolution of dy with some taps in reverse order. See `inputGradient`, also for the borders.
 */
export function depthwiseGradient(
  work: Work,
  g: Conv2dGeometry,
  finish: RowProducts["finish"],
  to: Omit<DepthwiseTensors, "images">,
): void {
  const bias = to.bias !== undefined;
  const plan = plans.get(`${Object.values(g)} ${finish} ${bias}`, () => planGradient(g, finish, bias));
  const key = `depthwiseGradient ${plan.padded ? JSON.stringify({ ...g, n: 0 }) : ""} ${plan.key}`;
  const program = work.program(key, (module) => {
    writeDepthwise(module, plan, work.relaxedSimd);
    if (!plan.padded) return;
    writeCheck(module, "check", g.r * g.s * g.k);
    writeBorder(module, "border", { geometry: g, rows: true, bias, finish });
  });
  runDepthwise(work, program, plan, { ...to, images: g.n });
  if (!plan.padded) return;
  const check = work.workspace(4).address;
  work.run(program.function("check"), [[to.w, check]]);
  const args = [to.x, to.w, to.y, to.bias ?? 0, to.mask ?? 0, check, check + 16];
  work.run(program.function("border"), borderJobs(g, args));
}

function planGradient(g: Conv2dGeometry, finish: RowProducts["finish"], bias: boolean): DepthwisePlan {
  const [rows, columns] = phasesOf(g);
  const [vertical, horizontal] = [overhang(rows), overhang(columns)];
  const frame = {
    ...{ h: g.p, w: g.q, c: g.c, top: vertical.before, left: horizontal.before },
    height: vertical.before + g.p + vertical.after,
    width: horizontal.before + g.q + horizontal.after,
  };
  const pixel = g.c * 4;
  const rowBytes = frame.width * pixel;
  const part = (row: Phase, column: Phase): DepthwisePart => {
    const none = row.taps * column.taps === 0;
    return {
      products: {
        ...{ rows: row.count, pixels: column.count, channels: g.c, multiplier: 1, bias, finish },
        x: { image: frame.height * rowBytes, row: rowBytes, pixel },
        y: { image: g.h * g.w * pixel, row: rows.stride * g.w * pixel, pixel: columns.stride * pixel },
        down: none ? [] : tapsOf(rows, row, rowBytes, g.s * pixel),
        across: none ? [] : tapsOf(columns, column, pixel, pixel),
      },
      x: none ? 0 : ((row.first + frame.top) * frame.width + column.first + frame.left) * pixel,
      y: (row.start * g.w + column.start) * pixel,
    };
  };
  return planDepthwise(
    frame,
    rows.phases.flatMap((row) => columns.phases.map((column) => part(row, column))),
  );
}

/** The taps of a phase. `xBytes` are those from an output to the next, `wBytes` those from a tap to the next. */
function tapsOf({ step, tapStep }: PhasedAxis, { taps, lastTap }: Phase, xBytes: number, wBytes: number) {
  return Array.from({ length: taps }, (_, i) => ({ x: i * step * xBytes, w: (lastTap - i * tapStep) * wBytes }));
}
