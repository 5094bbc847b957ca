import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { Program } from "../../commands/programs.js";
import { split, type Work } from "../../commands/work.js";
import { type DepthwiseRows, writeDepthwiseRows } from "./depthwiseRows.js";
import { type Frame, inFrames, isWholeImage, writePadImages } from "./padImages.js";

/** A part of a depthwise convolution's output: all of it, or a stride phase. */
export interface DepthwisePart {
  readonly products: DepthwiseRows;
  /** Bytes from the beginning of the frame, and of y. */
  readonly x: number;
  readonly y: number;
}

/** How a depthwise convolution is computed. Its input is x, in frames of zeros. */
export interface DepthwisePlan {
  /** What the functions depend on. */
  readonly key: string;
  readonly frame: Frame;
  readonly padded: boolean;
  readonly parts: readonly DepthwisePart[];
  /** For each part, the number of its function. */
  readonly functions: readonly number[];
  readonly kinds: readonly DepthwiseRows[];
}

/** Addresses, and the number of images. */
export interface DepthwiseTensors {
  readonly x: number;
  readonly w: number;
  readonly y: number;
  readonly bias: number | undefined;
  readonly mask: number | undefined;
  readonly images: number;
}

export function planDepthwise(frame: Frame, parts: readonly DepthwisePart[]): DepthwisePlan {
  const kinds = new Map(parts.map(({ products }) => [JSON.stringify(products), products]));
  const keys = [...kinds.keys()];
  const padded = !isWholeImage(frame);
  return {
    ...{ frame, padded, parts, kinds: [...kinds.values()] },
    functions: parts.map(({ products }) => keys.indexOf(JSON.stringify(products))),
    key: [JSON.stringify(padded ? frame : 0), ...keys].join(),
  };
}

export function writeDepthwise(
  module: ModuleBuilder,
  { frame, padded, kinds }: DepthwisePlan,
  relaxedSimd: boolean,
): void {
  if (padded) writePadImages(module, "pad", frame);
  for (const [i, products] of kinds.entries()) writeDepthwiseRows(module, `rows${i}`, products, relaxedSimd);
}

/** A multiply-add of a depthwise convolution takes this many times as long as one of a matrix product. */
const COST = 3;

/** Queues the jobs. */
export function runDepthwise(work: Work, program: Program, plan: DepthwisePlan, to: DepthwiseTensors): void {
  const { frame, parts, functions } = plan;
  inFrames(work, program, frame, to.x, to.images, ({ from, first, count }) => {
    for (const [i, { products, x, y }] of parts.entries()) {
      const { rows, pixels, channels, down, across } = products;
      const out = y + first * products.y.image;
      const args = [from + x, to.w, to.y + out, to.bias ?? 0, (to.mask ?? 0) + out];
      const cost = COST * pixels * channels * Math.max(1, down.length * across.length);
      work.run(program.function(`rows${functions[i]}`), split(args, count * rows, cost));
    }
  });
}
