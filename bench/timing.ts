/** The work to time. */
export interface Timed {
  /** Runs it so many times. Resolves when the last run is done. */
  run(times: number): Promise<void>;
}

/** Tells the time in milliseconds, from any moment on. */
export type Clock = () => number;

export const wallClock: Clock = () => performance.now();

/** The time that this process has computed, on all of its threads. Other work on the machine does not count. */
export const processorClock: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export interface Timing {
  /** Milliseconds of one run. */
  readonly median: number;
  readonly fastest: number;
  /** Half of the samples are between these two. */
  readonly quartiles: readonly [low: number, high: number];
  readonly samples: number;
  /** Runs in each sample. */
  readonly runs: number;
}

/** How long to measure a row, and by which clock. */
export interface Effort {
  readonly fewestRounds: number;
  readonly mostRounds: number;
  /** For each contender. */
  readonly milliseconds: number;
  readonly clock: Clock;
}

export const THOROUGH: Omit<Effort, "clock"> = { fewestRounds: 5, mostRounds: 25, milliseconds: 1500 };
export const QUICK: Omit<Effort, "clock"> = { fewestRounds: 3, mostRounds: 9, milliseconds: 500 };

/** Long enough that the tick of a wait and a submission do not matter. */
const SAMPLE_MILLISECONDS = 20;
const MOST_RUNS = 500;
/** A contender that takes this many times its share gets the fewest rounds that still have a median. */
const PATIENCE = 4;
const FEWEST_FOR_MEDIAN = 3;
const MOST_SAMPLES_PER_ROUND = 5;
const SHORT_RUNS = 12;

/** The milliseconds from the call until `runs` runs are done. */
export async function timeRuns(contender: Timed, runs: number, clock: Clock): Promise<number> {
  const start = clock();
  await contender.run(runs);
  return clock() - start;
}

/** The fastest of several short runs counts, because nothing interrupted it. */
export async function fastest(time: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < SHORT_RUNS; i++) best = Math.min(best, await time());
  return best;
}

/**
 * Times contenders in turn: a round of samples of the first, then of the second, and so on, again and again. So other work on the machine
 * affects all of them alike.
 */
export async function timeInterleaved(contenders: readonly Timed[], effort: Effort): Promise<Timing[]> {
  const sides: Side[] = [];
  for (const contender of contenders) sides.push(await calibrate(contender, effort.clock));
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
        const elapsed = await timeRuns(contender, runs, effort.clock);
        times.push(elapsed / runs);
        total += elapsed;
      }
    }
  }
  return sides.map(({ times, runs }) => ({
    median: median(times),
    fastest: Math.min(...times),
    quartiles: quartilesOf(times),
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
async function calibrate(contender: Timed, clock: Clock): Promise<Side> {
  let tried = 1;
  // The first run may wait for memory, and would look too long.
  await timeRuns(contender, tried, clock);
  for (;;) {
    const elapsed = await timeRuns(contender, tried, clock);
    // From here on, the estimate is finer than the tick of a wait.
    if (elapsed >= SAMPLE_MILLISECONDS / 2 || tried === MOST_RUNS) {
      const wanted = Math.round((tried * SAMPLE_MILLISECONDS) / elapsed);
      const runs = Math.min(MOST_RUNS, Math.max(1, wanted));
      return { contender, runs, expected: (elapsed * runs) / tried, times: [] };
    }
    tried = Math.min(MOST_RUNS, 4 * tried);
  }
}

function quartilesOf(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.ceil(sorted.length / 2);
  return [median(sorted.slice(0, half)), median(sorted.slice(-half))];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error("no samples");
  return (low + high) / 2;
}
