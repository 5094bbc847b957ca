/**
 * Measures the speed of training: a LeNet on MNIST, with `--peer` beside a peer, and a ResNet-8 for pictures of CIFAR's size.
 * npm run bench:training
 */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { UsageError } from "./arguments.js";
import { PeerMissingError } from "./peers/missing.js";
import { Progress } from "./progress.js";
import { type Effort, wallClock } from "./timing.js";
import { type Arguments, readArguments, USAGE } from "./training/arguments.js";
import { lenetLines, lenetProblem, trainLenet } from "./training/lenet.js";
import { openPlatform } from "./training/platforms.js";
import { resnetLines, resnetProblem, trainResnet } from "./training/resnet.js";
import { onStand } from "./training/stand.js";

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
  progress.show("looking for an adapter");
  const platform = await openPlatform(given.target);
  progress.print(platform.title);
  // One round for each requested step, however long they take.
  const effort: Effort = {
    fewestRounds: given.steps,
    mostRounds: given.steps,
    milliseconds: Number.POSITIVE_INFINITY,
    clock: wallClock,
  };

  const lenet = await onStand(await platform.open(), (stand) => trainLenet(stand, effort, progress));
  for (const line of ["", ...lenetLines(lenet)]) progress.print(line);
  const resnet = await onStand(await platform.open(), (stand) => trainResnet(stand, effort, progress));
  for (const line of ["", ...resnetLines(resnet)]) progress.print(line);

  if (given.json !== undefined) {
    const record = {
      date: new Date().toISOString(),
      ...platform.record,
      node: process.version,
      processor: { model: cpus()[0]?.model, count: cpus().length },
      lenet,
      resnet8: resnet,
    };
    await writeFile(given.json, `${JSON.stringify(record, undefined, 2)}\n`);
  }
  const problems = [lenetProblem(lenet), resnetProblem(resnet)].filter((problem) => problem !== undefined);
  for (const problem of problems) console.error(`✗ ${problem}`);
  return problems.length === 0 ? 0 : 1;
}
