import type { Row } from "./caseRows.js";
import type { Ceiling } from "./ceiling.js";
import { Checker, type Comparison } from "./check.js";
import type { Contender, Explanation, Prepared } from "./contender.js";
import { makeInputs } from "./operands.js";
import type { Platform } from "./platform.js";
import { type Work, workOf } from "./tasks.js";
import { type Effort, median, type Timing, timeInterleaved, timeRuns } from "./timing.js";

/** The result of one row for one contender. */
export interface Measured {
  readonly timing: Timing;
  /** The first call, which compiles the kernels, in milliseconds. */
  readonly firstCall: number;
  readonly comparison: Comparison;
  readonly explanation?: Explanation;
  /** By the device's clock, the median of several runs. */
  readonly kernels?: number;
  /** The milliseconds from which the rate and the share of the ceiling are computed. */
  readonly counted: number;
}

export interface RowResult {
  readonly row: Row;
  readonly work: Work;
  readonly library: Measured;
  /** Undefined if there is no peer. A string says why there is no measurement. */
  readonly peer?: Measured | string;
  /** The ceiling by which this row goes, if it took turns with the contenders. */
  readonly ceiling?: Ceiling;
}

/** A peer's values count as right within the library's bound, or within this share of the largest value. */
const PEER_TOLERANCE = 1e-3;

export function isRight({ ofBound }: Comparison): boolean {
  return ofBound <= 1;
}

export function isPeerRight(comparison: Comparison): boolean {
  return isRight(comparison) || comparison.ofLargestValue <= PEER_TOLERANCE;
}

/**
 * Measures one row with new contenders: first calls, checks of the values, then samples of all in turn.
 *
 * @param ceiling the limits that are known so far
 */
export async function measureRow(
  row: Row,
  platform: Platform,
  ceiling: Ceiling,
  effort: Effort,
  announce: (what: string) => void,
): Promise<RowResult> {
  const { task } = row;
  const work = workOf(task);
  const inputs = makeInputs(task);
  announce("computing the float64 reference");
  const checker = new Checker(task, inputs);
  const stand = await platform.open();
  const open: Contender[] = [];
  const prepareOn = (contender: Contender): Promise<Prepared | undefined> => {
    open.push(contender);
    return contender.prepare(task, inputs);
  };
  const begin = async (prepared: Prepared) => {
    const firstCall = await timeRuns(prepared, 1, effort.clock);
    return { firstCall, comparison: checker.compare(await prepared.read()) };
  };
  try {
    announce("the first call");
    const ours = await prepareOn(await stand.openLibrary());
    if (!ours) throw new Error(`${row.name}: the library has every operator`);
    const begun = await begin(ours);
    if (stand.errors.length > 0) throw new Error(`the device refused some work: ${stand.errors.join("; ")}`);
    const rival = stand.openPeer && (await beginPeer(stand.openPeer));
    announce("samples");
    const limit = platform.limitOf?.(work, ceiling);
    const rivals = typeof rival === "object" ? [rival.prepared] : [];
    const [timing, ...others] = await timeInterleaved([ours, ...rivals, ...(limit ? [limit] : [])], effort);
    if (!timing) throw new Error(`${row.name}: a side without a timing`);
    const { explanation } = ours;
    const { software } = platform;
    const kernels = await kernelMilliseconds(ours, software ? KERNEL_RUNS.software : KERNEL_RUNS.hardware);
    const library = {
      timing,
      counted: software ? timing.median : onDevice(timing, kernels),
      ...begun,
      ...(explanation && { explanation }),
      ...(kernels !== undefined && { kernels }),
    };
    const limitTiming = limit && others[rivals.length];
    const result = {
      row,
      work,
      library,
      ...(limit &&
        limitTiming && { ceiling: { ...ceiling, [limit.name]: (1000 * limit.perRun) / limitTiming.median } }),
    };
    if (rival === undefined) return result;
    const [peerTiming] = others;
    if (typeof rival === "string" || !peerTiming) return { ...result, peer: String(rival) };
    const { firstCall, comparison } = rival;
    return { ...result, peer: { timing: peerTiming, counted: peerTiming.median, firstCall, comparison } };
  } finally {
    for (const contender of open.reverse()) await contender.close();
    stand.close();
  }

  /** A peer that fails in one row does not stop the bench. */
  async function beginPeer(openPeer: () => Promise<Contender>): Promise<PeerBegun | string> {
    announce(`the first call of ${platform.peer}`);
    try {
      const prepared = await prepareOn(await openPeer());
      if (!prepared) return "it has no such operator";
      const begun = { prepared, ...(await begin(prepared)) };
      // The peer pushes no error scopes, so refused work shows here.
      return stand.errors.length > 0 ? `the device refused its work: ${stand.errors.join("; ")}` : begun;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

const KERNEL_RUNS = { software: 3, hardware: 15 };

/**
 * The time that a GPU works on one run. The device's clock is the best source. But for an operator's second kernel it may include the wait for the
 * first. So the result is never longer than the share of one run in many runs without a pause.
 */
function onDevice({ median }: Timing, kernels: number | undefined): number {
  return kernels === undefined ? median : Math.min(kernels, median);
}

async function kernelMilliseconds(prepared: Prepared, runs: number): Promise<number | undefined> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const milliseconds = await prepared.kernelMilliseconds?.();
    if (milliseconds === undefined) return undefined;
    times.push(milliseconds);
  }
  return median(times);
}

interface PeerBegun {
  readonly prepared: Prepared;
  readonly firstCall: number;
  readonly comparison: Comparison;
}
