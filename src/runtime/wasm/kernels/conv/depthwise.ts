import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { Program } from "../../commands/programs.js";
import { evenly, split, type Work } from "../../commands/work.js";
import { type DepthwiseRows, writeDepthwiseRows } from "./depthwiseRows.js";
import { type Frame, frameElements, isWholeImage, padJobs, writePadImages } from "./padImages.js";

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

/** The elements of some frames that stay in the caches between being written and being read. */
const CACHED_ELEMENTS = 2 ** 20;
/** A multiply-add of a depthwise convolution takes this many times as long as one of a matrix product. */
const COST = 3;

/** Queues the jobs: some images at a time. */
export function runDepthwise(work: Work, program: Program, plan: DepthwisePlan, to: DepthwiseTensors): void {
  const { frame, padded, parts, functions } = plan;
  const inElements = frame.h * frame.w * frame.c;
  const pieces = evenly(to.images, padded ? frameElements(frame, to.images) / CACHED_ELEMENTS : 1);
  const most = Math.max(...pieces.map(({ first, end }) => end - first));
  const frames = padded ? work.workspace(frameElements(frame, most)).address : 0;
  for (const { first, end } of pieces) {
    const images = end - first;
    const from = to.x + first * inElements * 4;
    if (padded) work.run(program.function("pad"), padJobs(frame, images, from, frames));
    for (const [i, { products, x, y }] of parts.entries()) {
      const { rows, pixels, channels, down, across } = products;
      const out = y + first * products.y.image;
      const args = [(padded ? frames : from) + x, to.w, to.y + out, to.bias ?? 0, (to.mask ?? 0) + out];
      const cost = COST * pixels * channels * Math.max(1, down.length * across.length);
      work.run(program.function(`rows${functions[i]}`), split(args, images * rows, cost));
    }
  }
}
