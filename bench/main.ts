/**
 * The bench: runs every operator on one table of cases, checks its values, and measures its speed. It compares the speed with the ceiling of
 * the adapter or the processor and, with `--peer`, with a peer in the same process.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Arguments, readArguments, USAGE, UsageError } from "./arguments.js";
import { higherCeiling } from "./ceiling.js";
import { isRight, measureRow, type RowResult } from "./measure.js";
import { PeerMissingError } from "./peers/missing.js";
import type { Platform } from "./platform.js";
import { openWasm } from "./platforms/wasm.js";
import { openWebGPU } from "./platforms/webgpu.js";
import { Progress } from "./progress.js";
import { recordOf } from "./record.js";
import { ceilingLine, notes, rowLine } from "./report.js";
import { selectRows } from "./rows.js";
import { resultTable } from "./table.js";
import { type Effort, processorClock, QUICK, THOROUGH, wallClock } from "./timing.js";
import { lenetLines, lenetProblem, trainLenet } from "./training/lenet.js";
import { onStand } from "./training/stand.js";

/** The name that `--cases` selects the LeNet's training step by. */
const TRAINING = "lenet5 training";

const progress = new Progress(process.stdout);
try {
  const given = readArguments(process.argv.slice(2));
  if (given) process.exitCode = await run(given);
  else console.log(USAGE);
} catch (error) {
  progress.clear();
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    console.error(error instanceof PeerMissingError ? error.message : error);
    process.exitCode = 1;
  }
}

/** @returns the exit status */
async function run(given: Arguments): Promise<number> {
  // First of all: if nothing can be written there, the user learns it before the work.
  if (given.json !== undefined) await mkdir(dirname(given.json), { recursive: true });
  const { target } = given;
  const effort: Effort = {
    ...(given.quick ? QUICK : THOROUGH),
    clock: given.clock === "cpu" ? processorClock : wallClock,
  };
  progress.show("looking for an adapter");
  const platform =
    target.backend === "wasm"
      ? await openWasm(target.threads, target.peer, effort.clock)
      : await openWebGPU(target.peer);
  try {
    return await measureRows(platform, given, effort);
  } finally {
    await platform.close();
  }
}

async function measureRows(platform: Platform, given: Arguments, effort: Effort): Promise<number> {
  const rows = selectRows(given.quick, given.large || !platform.software, given.cases);
  const training = given.cases.test(TRAINING) ? platform.openTraining : undefined;
  if (rows.length === 0 && !training)
    throw new UsageError(`--cases matches none of the ${given.quick ? "quick " : ""}rows`);
  progress.print(platform.title);
  progress.show("measuring the ceiling");
  let ceiling = await platform.measureCeiling();
  progress.print(ceilingLine(ceiling));

  const results: RowResult[] = [];
  const problems: string[] = [];
  for (const [i, row] of rows.entries()) {
    const announce = (what: string) => progress.show(`${i + 1} of ${rows.length}: ${row.name}: ${what}`);
    try {
      const result = await measureRow(row, platform, ceiling, effort, announce);
      results.push(result);
      const { comparison } = result.library;
      if (!isRight(comparison)) {
        problems.push(`${row.name}: off by ${comparison.largestError}, ${comparison.ofBound} times the bound`);
      }
      progress.finished(rowLine(result, ceiling, platform.peer));
    } catch (error) {
      // Other rows may still give results.
      problems.push(`${row.name}: ${error}`);
      progress.finished(`${row.name}: ✗ ${error}`);
    }
  }
  const lenet = training && (await onStand(await training(), (stand) => trainLenet(stand, effort, progress)));
  const unlike = lenet && lenetProblem(lenet);
  if (unlike !== undefined) problems.push(unlike);
  // The machine may have been busy at the first measurement. The higher value counts.
  progress.show("measuring the ceiling");
  ceiling = higherCeiling(ceiling, await platform.measureCeiling());

  progress.print("");
  if (results.length > 0) progress.print(resultTable(results, ceiling, platform.peer));
  progress.print(ceilingLine(ceiling));
  for (const line of notes(results, ceiling, platform)) progress.print(line);
  for (const line of lenet ? ["", ...lenetLines(lenet)] : []) progress.print(line);
  if (given.json !== undefined) {
    const record = { ...recordOf(results, problems, ceiling, platform, given), lenet };
    await writeFile(given.json, `${JSON.stringify(record, undefined, 2)}\n`);
  }
  for (const problem of problems) console.error(`✗ ${problem}`);
  return problems.length === 0 ? 0 : 1;
}
