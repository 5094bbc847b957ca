import { cpus } from "node:os";
import type { Arguments } from "./arguments.js";
import type { Ceiling } from "./ceiling.js";
import type { Measured, RowResult } from "./measure.js";
import type { Platform } from "./platform.js";
import { geometricMeans, isMeasured, ratioOf, shareOfCeiling } from "./summary.js";
import { inputShapes, outputShape } from "./tasks.js";

/** All measurements and the machine, for `--json`. Times are in milliseconds. */
export function recordOf(
  results: readonly RowResult[],
  problems: readonly string[],
  ceiling: Ceiling,
  platform: Platform,
  { quick, large, cases }: Arguments,
): object {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    ...platform.record,
    node: process.version,
    processor: { model: processors[0]?.model, count: processors.length },
    quick,
    large,
    cases: cases.source,
    ceiling,
    rows: results.map((result) => rowRecord(result, ceiling)),
    geometricMeans: geometricMeans(results),
    problems,
  };
}

function rowRecord(result: RowResult, ceiling: Ceiling): object {
  const { row, work, library, peer } = result;
  const { name, group, kind, setting, task } = row;
  return {
    name,
    group,
    kind,
    setting,
    task,
    inputs: inputShapes(task),
    output: outputShape(task),
    ...work,
    library: sideRecord(library, work),
    ceiling: result.ceiling,
    shareOfCeiling: shareOfCeiling(result, ceiling),
    peer: isMeasured(peer) ? sideRecord(peer, work) : peer,
    ratio: ratioOf(result),
  };
}

function sideRecord(side: Measured, { flops, bytes }: RowResult["work"]): object {
  const seconds = side.counted / 1000;
  return {
    ...side,
    ...(flops !== undefined && { flopsPerSecond: flops / seconds }),
    bytesPerSecond: bytes / seconds,
  };
}
