import type { Prepared } from "./contender.js";
import { workDone } from "./waiting.js";

export interface Timing {
  /** Milliseconds of one run. */
  readonly median: number;
  readonly fastest: number;
  readonly samples: number;
  /** Runs in each sample. */
  readonly runs: number;
}

/** How long to measure a row. */
export interface Effort {
  readonly fewestRounds: number;
  readonly mostRounds: number;
  /** For each contender. */
  readonly milliseconds: number;
}

export const THOROUGH: Effort = { fewestRounds: 5, mostRounds: 25, milliseconds: 1500 };
export const QUICK: Effort = { fewestRounds: 3, mostRounds: 9, milliseconds: 500 };

/** Long enough that the tick of a wait and a submission do not matter. */
const SAMPLE_MILLISECONDS = 20;
const MOST_RUNS = 500;
/** A contender that takes this many times its share gets the fewest rounds that still have a median. */
const PATIENCE = 4;
const FEWEST_FOR_MEDIAN = 3;
const MOST_SAMPLES_PER_ROUND = 5;

/** The work to time. */
export type Timed = Pick<Prepared, "run" | "submit">;

/** The milliseconds from the call until the device has finished `runs` runs. */
export async function timeRuns(device: GPUDevice, contender: Timed, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) contender.run();
  contender.submit();
  await workDone(device);
  return performance.now() - start;
}

/**
 * Times contenders in turn: a round of samples of the first, then of the second, and so on, again and again. So other work on the machine
 * affects all of them alike.
 */
export async function timeInterleaved(
  device: GPUDevice,
  contenders: readonly Timed[],
  effort: Effort,
): Promise<Timing[]> {
  const sides: Side[] = [];
  for (const contender of contenders) sides.push(await calibrate(device, contender));
  const longest = Math.max(...sides.map(({ expected }) => expected));
  const enough = effort.milliseconds * sides.length;
  let total = 0;
  for (let rounds = 0; rounds < effort.mostRounds; rounds++) {
    const fewest = total > PATIENCE * enough ? FEWEST_FOR_MEDIAN : effort.fewestRounds;
    if (rounds >= fewest && total >= enough) break;
    for (const { contender, runs, expected, times } of sides) {
      // A fast contender takes several samples in the time of one sample of a slow contender.
      const samples = Math.min(MOST_SAMPLES_PER_ROUND, Math.max(1, Math.floor(longest / expected)));
      for (let i = 0; i < samples; i++) {
        const elapsed = await timeRuns(device, contender, runs);
        times.push(elapsed / runs);
        total += elapsed;
      }
    }
  }
  return sides.map(({ times, runs }) => ({
    median: median(times),
    fastest: Math.min(...times),
    samples: times.length,
    runs,
  }));
}

interface Side {
  readonly contender: Timed;
  readonly runs: number;
  /** The expected time of a sample, in milliseconds. */
  readonly expected: number;
  readonly times: number[];
}

/** Finds the number of runs for a sample that is long enough, and warms up. */
async function calibrate(device: GPUDevice, contender: Timed): Promise<Side> {
  let tried = 1;
  // The first run may wait for memory, and would look too long.
  await timeRuns(device, contender, tried);
  for (;;) {
    const elapsed = await timeRuns(device, contender, tried);
    // From here on, the estimate is finer than the tick of a wait.
    if (elapsed >= SAMPLE_MILLISECONDS / 2 || tried === MOST_RUNS) {
      const wanted = Math.round((tried * SAMPLE_MILLISECONDS) / elapsed);
      const runs = Math.min(MOST_RUNS, Math.max(1, wanted));
      return { contender, runs, expected: (elapsed * runs) / tried, times: [] };
    }
    tried = Math.min(MOST_RUNS, 4 * tried);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error("no samples");
  return (low + high) / 2;
}
