/**
 * Runs MNIST's digits through a small network, forward and backward. Compares every operator with the CPU reference, times it, and draws a
 * picture.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { reportFailure } from "../commandLine.js";
import { Progress } from "../progress.js";
import { type Arguments, readArguments, USAGE } from "./arguments.js";
import { openBackends } from "./backends.js";
import { Checker } from "./checking.js";
import { loadDigits } from "./mnist.js";
import { type NetworkTensors, runNetwork } from "./network.js";
import { drawExcerpt, drawPicture, type Snapshot } from "./picture.js";
import { formatShare, resultTable } from "./table.js";
import { timer, waitingTime } from "./timing.js";
import { makeWeights } from "./weights.js";

const progress = new Progress(process.stdout);
try {
  const given = readArguments(process.argv.slice(2));
  if (given) process.exitCode = await run(given);
  else console.log(USAGE);
} catch (error) {
  progress.end();
  reportFailure(error, USAGE);
}

/** @returns the exit status */
async function run({ digits: count, out, excerpt, backend: kind }: Arguments): Promise<number> {
  // First of all: if nothing can be written there, the user learns it before the work.
  await mkdir(dirname(out), { recursive: true });
  if (excerpt) await mkdir(dirname(excerpt), { recursive: true });
  progress.phase("opening a backend");
  const checker = new Checker();
  const { checked, plain, name, why } = await openBackends(kind, checker.report);
  progress.phase(`reading ${count} digits`);
  const digits = await loadDigits(count);
  const weights = makeWeights();
  progress.end();
  console.log(`\n${name}: ${why}\n`);

  const compares = checked.kind !== "cpu";
  progress.phase(compares ? "checking against the CPU reference" : "computing");
  const checkedRun = await runNetwork(checked, digits, weights, checker.visitor(checked, progress.item));
  const snapshot = await read(checkedRun.tensors);
  checkedRun.dispose();
  progress.phase("timing");
  const times: number[] = [];
  const timedRun = await runNetwork(plain, digits, weights, timer(plain, times, progress.item));
  timedRun.dispose();
  const waiting = await waitingTime(plain);
  progress.end();

  const { steps, problems } = checker;
  console.log(`\n${count} MNIST digits, x [${digits.shape.join(", ")}], float32\n`);
  console.log(resultTable(steps, times));
  console.log(
    `ms: median from the call until settled(), after a first run that compiles; ${waiting.toFixed(2)} ms of it is the wait itself.`,
  );
  console.log(
    compares
      ? "error: the largest, against the CPU reference on the same inputs; bound: the library's numerical promise."
      : "Nothing was compared: this is the CPU reference, which the others are compared with.",
  );
  for (const problem of problems) console.error(`✗ ${problem}`);

  progress.phase("drawing");
  const reports = steps.flatMap(({ outputs }) => outputs.flatMap(({ report }) => report ?? []));
  const worst = Math.max(0, ...reports.map(({ largestShare }) => largestShare));
  const verdict = compares
    ? `${reports.length} tensors of ${steps.length} operator calls checked, ${
        problems.length === 0 ? `all within bounds, the worst at ${formatShare(worst)}` : `${problems.length} WRONG`
      }`
    : `${steps.length} operator calls, nothing to compare with`;
  const subject = `${name}${checked.kind === "webgpu" && checked.info.software ? " (a software adapter)" : ""}`;
  await writeFile(out, drawPicture({ digits, snapshot, subtitle: `${subject}: ${verdict}` }));
  if (excerpt) await writeFile(excerpt, drawExcerpt({ digits, snapshot }));
  progress.end();
  for (const backend of new Set([checked, plain])) backend.destroy();
  console.log(`\n${subject}: ${verdict}; ${(performance.now() / 1000).toFixed(1)} s; picture in ${out}`);
  return problems.length === 0 ? 0 : 1;
}

/** Reads the tensors' values, for the picture. */
async function read(tensors: NetworkTensors): Promise<Snapshot> {
  const { padded, w1, a1, p1, z2, y, dy, dz1, dw1, dImages } = tensors;
  const host = async (tensor: typeof padded) => ({ shape: tensor.shape, values: await tensor.read() });
  return {
    padded: await host(padded),
    w1: await host(w1),
    a1: await host(a1),
    p1: await host(p1),
    z2: await host(z2),
    y: await host(y),
    dy: await host(dy),
    dz1: await host(dz1),
    dw1: await host(dw1),
    dImages: await host(dImages),
  };
}
