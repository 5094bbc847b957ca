import type { Conv2dGeometry } from "../../../../core/geometry.js";
import { evenly } from "../../commands/work.js";

/** A slice of more pixels would lose accuracy. */
const PIXELS_OF_SLICE = 2 ** 12;
/** Slices of fewer pixels would store their sums too often. */
const FEWEST_PIXELS = 2 ** 7;
/** The most elements of the slices' sums. */
const MOST_ELEMENTS = 2 ** 24;

/** The multiply-adds of a job: enough jobs for several threads, and not more jobs than that. */
const JOBS = 16;
const WORK_OF_JOB = { least: 2 ** 20, most: 2 ** 23 } as const;
/** An element of a slice's sum is written once, and read once or twice. */
const PASSES_OVER_SUMS = 3;

/**
 * How a filter gradient is cut into jobs: into slices of the rows of all images, and each slice into parts, which compute
 * some of the elements of dw. Each slice costs passes over its sums, and each part passes over x and dy. The sum of
 * these costs is least if both are equal.
 *
 * @param mostParts the number of parts that there can be
 */
export function cutFilterWork(
  g: Conv2dGeometry,
  mostParts: number,
): { readonly slices: ReturnType<typeof evenly>; readonly parts: number } {
  const pixels = g.n * g.p * g.q;
  const elements = g.r * g.s * g.cPerGroup * g.k;
  const work = pixels * elements;
  const jobs = work / Math.min(WORK_OF_JOB.most, Math.max(WORK_OF_JOB.least, work / JOBS));
  const inputs = g.n * g.h * g.w * g.c + pixels * g.k;
  const balanced = Math.sqrt((jobs * inputs) / (PASSES_OVER_SUMS * elements));
  const most = Math.max(1, Math.min(pixels / FEWEST_PIXELS, MOST_ELEMENTS / elements));
  const wanted = Math.min(most, Math.max(balanced, jobs / mostParts, pixels / PIXELS_OF_SLICE));
  const slices = evenly(g.n * g.p, wanted);
  return { slices, parts: Math.min(mostParts, jobs / slices.length) };
}
