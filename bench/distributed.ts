/**
 * Measures training on many machines: the parts of a round, the speed of two processes, and the accuracy of local steps.
 * npm run bench:distributed
 */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { createBackend } from "webgpu-cnn";
import { startNatsServer } from "../tools/nats/server.mjs";
import { UsageError } from "./arguments.js";
import { accuracyProblems, measureAccuracy } from "./distributed/accuracy.js";
import { type Arguments, readArguments, USAGE } from "./distributed/arguments.js";
import { costsOf, measureRounds, type RoundParts, roundProblems } from "./distributed/rounds.js";
import { type Network, scalingLines } from "./distributed/scaling.js";
import { measureSpeed, speedLines, speedProblems } from "./distributed/speed.js";
import { TASKS } from "./distributed/tasks.js";
import { wasmTitle } from "./platforms/wasmTitle.js";
import { Progress } from "./progress.js";

/** A gigabit for workers, ten for the server. */
const NETWORK: Network = { serverBandwidth: 1.25e9, workerBandwidth: 1.25e8, latency: 0.0005 };

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
    console.error(error);
    process.exitCode = 1;
  }
}

/** @returns the exit status */
async function run({ parts, quick, json }: Arguments): Promise<number> {
  // First of all: if nothing can be written there, the user learns it before the work.
  if (json !== undefined) await mkdir(dirname(json), { recursive: true });
  progress.print(wasmTitle(1));
  const server = await startNatsServer({ websocket: false });
  const backend = await createBackend({ kind: "wasm", threads: 1 });
  const record: Record<string, unknown> = {
    date: new Date().toISOString(),
    node: process.version,
    processor: { model: cpus()[0]?.model, count: cpus().length },
    quick,
  };
  const problems: string[] = [];
  try {
    if (parts.includes("rounds")) {
      const rounds = await measureRounds(server.url, backend, quick ? 4 : 20, progress);
      record["rounds"] = rounds;
      problems.push(...roundProblems(rounds));
      for (const line of paperLines(rounds)) progress.print(line);
    }
    if (parts.includes("speed")) {
      const speed = await measureSpeed(server.url, backend, quick ? 1 : 3, progress);
      record["speed"] = speed;
      problems.push(...speedProblems(speed));
      for (const line of ["", ...speedLines(speed)]) progress.print(line);
    }
    if (parts.includes("accuracy")) {
      progress.print("");
      const size = quick ? { examples: 4096, epochs: 1 } : { examples: 60_000, epochs: 3 };
      const accuracy = await measureAccuracy(server.url, backend, size, progress);
      record["accuracy"] = accuracy;
      // A short training reaches nothing.
      if (!quick) problems.push(...accuracyProblems(accuracy));
    }
  } finally {
    await backend.settled();
    backend.destroy();
    await server.stop();
  }
  if (json !== undefined) await writeFile(json, `${JSON.stringify(record, undefined, 2)}\n`);
  for (const problem of problems) console.error(`✗ ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

/** The model on paper of what was measured with one local step. */
function paperLines(rounds: readonly RoundParts[]): string[] {
  return rounds
    .filter(({ localSteps }) => localSteps === 1)
    .flatMap((parts) => {
      const title = `${TASKS[parts.task].title}, ${parts.precision}: how many times as fast as one machine alone, by the number of workers, on paper`;
      return ["", ...scalingLines(title, costsOf(parts), NETWORK)];
    });
}
