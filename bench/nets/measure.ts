import { largestDifference } from "../../test/onnx/support/arrays.js";
import type { Ceiling, Limit } from "../ceiling.js";
import type { HostTensor } from "../operands.js";
import { type Clock, type Effort, type Timed, type Timing, timeInterleaved, timeRuns } from "../timing.js";
import type { Net } from "./nets.js";
import type { LoadedNet, Runner } from "./runner.js";

/** What nets are measured on. */
export interface NetStand {
  readonly title: string;
  /** What a record of the run says about it. */
  readonly record: object;
  /** The library's come first. */
  readonly runners: readonly Runner[];
  /** The reasons why some peers are left out, as lines. */
  readonly missing: readonly string[];
  measureCeiling(clock: Clock): Promise<Ceiling>;
  /** Multiply-adds in registers, if they can take turns with the nets. */
  limit?(): Limit;
  close(): Promise<void>;
}

/** One side's result. Times are in milliseconds. */
export interface NetSide {
  readonly name: string;
  /** From the file's bytes in memory until the first values: loading, compiling, and the call. */
  readonly first: number;
  readonly timing: Timing;
  /** The largest difference from our values, as a share of our largest value. */
  readonly difference: number;
}

export interface NetResult {
  readonly name: string;
  readonly input: readonly number[];
  readonly flops: number;
  /** Of multiply-adds, beside this net. */
  readonly flopsPerSecond: number;
  /** The first is the library's. */
  readonly sides: readonly NetSide[];
  /** Peers that were not measured, with the reasons. */
  readonly missing: readonly string[];
}

/** Loads a net on all sides, compares the values of the first calls, and times later calls in turn. */
export async function measureNet(
  net: Net,
  { runners, missing: leftOut, limit }: NetStand,
  ceiling: Ceiling,
  effort: Effort,
  announce: (what: string) => void,
): Promise<NetResult> {
  const loaded: LoadedNet[] = [];
  const begun: { readonly name: string; readonly first: number; readonly y: HostTensor }[] = [];
  const missing: string[] = [...leftOut];
  try {
    for (const { name, load } of runners) {
      announce(`the first call of ${name}`);
      const results: HostTensor[] = [];
      const begin: Timed = {
        run: async () => {
          const found = await load(net);
          if (typeof found === "string") {
            missing.push(`${name}: ${found}`);
            return;
          }
          loaded.push(found);
          results.push(await found.read());
        },
      };
      const first = await timeRuns(begin, 1, effort.clock);
      const [y] = results;
      if (y) begun.push({ name, first, y });
    }
    announce("samples");
    const turn = limit?.();
    const timings = await timeInterleaved([...loaded, ...(turn ? [turn] : [])], effort);
    const limitTiming = turn && timings[loaded.length];
    const [ours] = begun;
    return {
      name: net.name,
      input: net.input.shape,
      flops: loaded[0]?.countFlops?.() ?? 0,
      flopsPerSecond: turn && limitTiming ? (1000 * turn.perRun) / limitTiming.median : ceiling.flopsPerSecond,
      sides: begun.flatMap(({ name, first, y }, i) => {
        const timing = timings[i];
        return ours && timing ? [{ name, first, timing, difference: largestDifference(y, ours.y) }] : [];
      }),
      missing,
    };
  } finally {
    for (const each of loaded) await each.close();
  }
}
