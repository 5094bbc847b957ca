import type { Conv2dGeometry } from "../../../../core/geometry.js";
import type { Work } from "../../commands/work.js";
import { Memo } from "../kit/memo.js";
import { type DepthwisePlan, type DepthwiseTensors, planDepthwise, runDepthwise, writeDepthwise } from "./depthwise.js";
import type { Tap } from "./depthwiseRows.js";
import { frameOf } from "./forwardFrame.js";

/** More taps or outputs for each channel would make the function long. */
const MOST_TAPS = 256;
const MOST_OUTPUTS = 16;

/** Whether each group is one channel, and few outputs of it. */
export function isDepthwise(g: Conv2dGeometry): boolean {
  return g.groups > 1 && g.cPerGroup === 1 && g.kPerGroup <= MOST_OUTPUTS && g.r * g.s <= MOST_TAPS;
}

const plans = new Memo<DepthwisePlan>();

/** y[n, p, q, k] = relu?(bias[k] + Σ x[n, …, ⌊k / multiplier⌋] · w[r, s, 0, k]), with real zeros around x. */
export function depthwiseConv2d(
  work: Work,
  g: Conv2dGeometry,
  relu: boolean,
  to: Omit<DepthwiseTensors, "images">,
): void {
  const bias = to.bias !== undefined;
  const plan = plans.get(`${Object.values(g)} ${relu} ${bias}`, () => planForward(g, relu, bias));
  const program = work.program(`depthwise ${plan.key}`, (module) => writeDepthwise(module, plan, work.relaxedSimd));
  runDepthwise(work, program, plan, { ...to, images: g.n });
}

function planForward(g: Conv2dGeometry, relu: boolean, bias: boolean): DepthwisePlan {
  const frame = frameOf(g);
  const pixel = g.c * 4;
  const row = frame.width * pixel;
  const taps = (count: number, x: number, w: number) =>
    Array.from({ length: count }, (_, i): Tap => ({ x: i * x, w: i * w * g.k * 4 }));
  return planDepthwise(frame, [
    {
      products: {
        ...{ rows: g.p, pixels: g.q, channels: g.k, multiplier: g.kPerGroup, bias, finish: relu ? "relu" : "none" },
        x: { image: frame.height * row, row: g.strideHeight * row, pixel: g.strideWidth * pixel },
        y: { image: g.p * g.q * g.k * 4, row: g.q * g.k * 4, pixel: g.k * 4 },
        down: taps(g.r, g.dilationHeight * row, g.s),
        across: taps(g.s, g.dilationWidth * pixel, 1),
      },
      ...{ x: 0, y: 0 },
    },
  ]);
}
