import { Checker, type Comparison } from "./check.js";
import type { Contender, Explanation, Prepared } from "./contender.js";
import type { Devices } from "./device.js";
import { openLibrary } from "./library.js";
import { makeInputs } from "./operands.js";
import type { Peer } from "./peers/tfjs.js";
import type { Row } from "./rows.js";
import { type Work, workOf } from "./tasks.js";
import { type Effort, median, type Timing, timeInterleaved, timeRuns } from "./timing.js";
import { workDone } from "./waiting.js";

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
}

/** A peer's values count as right within the library's bound, or within this share of the largest value. */
const PEER_TOLERANCE = 1e-3;

export function isRight({ ofBound }: Comparison): boolean {
  return ofBound <= 1;
}

export function isPeerRight(comparison: Comparison): boolean {
  return isRight(comparison) || comparison.ofLargestValue <= PEER_TOLERANCE;
}

/** Measures one row on a new device: first calls, checks of the values, then samples of both contenders in turn. */
export async function measureRow(
  row: Row,
  devices: Devices,
  peer: Peer | undefined,
  effort: Effort,
  announce: (what: string) => void,
): Promise<RowResult> {
  const { task } = row;
  const inputs = makeInputs(task);
  announce("computing the float64 reference");
  const checker = new Checker(task, inputs);
  const opened = await devices.open();
  const { device } = opened;
  const open: Contender[] = [];
  const prepareOn = async (contender: Contender): Promise<Prepared | undefined> => {
    open.push(contender);
    const prepared = contender.prepare(task, inputs);
    await workDone(device);
    return prepared;
  };
  const begin = async (prepared: Prepared) => {
    const firstCall = await timeRuns(device, prepared, 1);
    return { firstCall, comparison: checker.compare(await prepared.read()) };
  };
  try {
    announce("the first call");
    const ours = await prepareOn(await openLibrary(device));
    if (!ours) throw new Error(`${row.name}: the library has every operator`);
    const begun = await begin(ours);
    if (opened.errors.length > 0) throw new Error(`the device refused some work: ${opened.errors.join("; ")}`);
    const rival = peer && (await beginPeer(peer));
    announce("samples");
    const sides = typeof rival === "object" ? [ours, rival.prepared] : [ours];
    const [timing, peerTiming] = await timeInterleaved(device, sides, effort);
    if (!timing) throw new Error(`${row.name}: a side without a timing`);
    const { explanation } = ours;
    const { software } = devices.adapter;
    const kernels = await kernelMilliseconds(ours, software ? KERNEL_RUNS.software : KERNEL_RUNS.hardware);
    const library = {
      timing,
      counted: software ? timing.median : onDevice(timing, kernels),
      ...begun,
      ...(explanation && { explanation }),
      ...(kernels !== undefined && { kernels }),
    };
    const result = { row, work: workOf(task), library };
    if (rival === undefined) return result;
    if (typeof rival === "string" || !peerTiming) return { ...result, peer: String(rival) };
    const { firstCall, comparison } = rival;
    return { ...result, peer: { timing: peerTiming, counted: peerTiming.median, firstCall, comparison } };
  } finally {
    for (const contender of open.reverse()) await contender.close();
    device.destroy();
  }

  /** A peer that fails in one row does not stop the bench. */
  async function beginPeer(peer: Peer): Promise<PeerBegun | string> {
    announce(`the first call of ${peer.name}`);
    try {
      const prepared = await prepareOn(await peer.open(opened));
      if (!prepared) return "it has no such operator";
      const begun = { prepared, ...(await begin(prepared)) };
      // The peer pushes no error scopes, so refused work shows here.
      return opened.errors.length > 0 ? `the device refused its work: ${opened.errors.join("; ")}` : begun;
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
