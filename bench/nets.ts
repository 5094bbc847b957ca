/**
 * Measures pretrained nets: networks of UpscalerJS and PP-OCR, with `--peer` beside what else runs them.
 * npm run bench:nets
 */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { UsageError } from "./arguments.js";
import { type Arguments, readArguments, USAGE } from "./nets/arguments.js";
import { measureNet, type NetResult } from "./nets/measure.js";
import { findNets } from "./nets/nets.js";
import { openStand } from "./nets/platforms.js";
import { netLines, netProblems, netTable } from "./nets/report.js";
import { PeerMissingError } from "./peers/missing.js";
import { Progress } from "./progress.js";
import { ceilingLine } from "./report.js";
import { type Effort, processorClock, QUICK, THOROUGH, wallClock } from "./timing.js";

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
  const effort: Effort = {
    ...(given.quick ? QUICK : THOROUGH),
    clock: given.clock === "cpu" ? processorClock : wallClock,
  };
  progress.show("reading the nets");
  const nets = await findNets(given.cases);
  if (nets.length === 0) throw new UsageError("--cases matches none of the nets");
  const stand = await openStand(given.target);
  progress.print(stand.title);
  try {
    progress.show("measuring the ceiling");
    const ceiling = await stand.measureCeiling(effort.clock);
    progress.print(ceilingLine(ceiling));
    const results: NetResult[] = [];
    for (const net of nets) {
      const result = await measureNet(net, stand, ceiling, effort, (what) => progress.show(`${net.name}: ${what}`));
      results.push(result);
      progress.print("");
      for (const line of netLines(result)) progress.print(line);
    }
    progress.print("");
    progress.print(netTable(results));
    const problems = results.flatMap(netProblems);
    if (given.json !== undefined) {
      const record = {
        date: new Date().toISOString(),
        ...stand.record,
        clock: given.clock,
        node: process.version,
        processor: { model: cpus()[0]?.model, count: cpus().length },
        ceiling,
        nets: results,
        problems,
      };
      await writeFile(given.json, `${JSON.stringify(record, undefined, 2)}\n`);
    }
    for (const problem of problems) console.error(`✗ ${problem}`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await stand.close();
  }
}
