import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sum } from "../../src/core/objects.js";
import { elementsOf } from "../../src/core/shape.js";
import { coverageOf } from "../../test/support/pytorch/coverage.js";
import type { KnownTraining, TrainingCase, TrainingResult } from "../../test/support/pytorch/trainingCase.js";

const FOLDER = fileURLToPath(new URL("../../test/nn/pytorch", import.meta.url));

/** The digits of stored numbers: those of float32. */
const DIGITS = 7;

/** A few small ones of the trainings that together have whatever is in any of them. */
export function covering(known: readonly KnownTraining[]): readonly KnownTraining[] {
  const chosen: KnownTraining[] = [];
  const covered = new Set<string>();
  const items = new Map(known.map((each) => [each, { has: coverageOf(each.training), cost: costOf(each.training) }]));
  for (;;) {
    let best: KnownTraining | undefined;
    let most = 0;
    for (const [each, { has, cost }] of items) {
      const gain = has.filter((what) => !covered.has(what)).length / cost;
      if (gain > most) [best, most] = [each, gain];
    }
    if (!best) return chosen;
    chosen.push(best);
    for (const what of coverageOf(best.training)) covered.add(what);
  }
}

/** What a training costs in a test: above all, the compilation of its kernels on WebGPU. */
function costOf({ architecture, weights }: TrainingCase): number {
  const layers = JSON.stringify(architecture).split('"class"').length;
  return 4 + layers + sum(Object.values(weights).map(elementsOf)) / 100;
}

/** Writes the trainings to test/nn/pytorch, instead of those that are there. @returns what to tell the user */
export function writeStored(known: readonly KnownTraining[]): string {
  for (const name of readdirSync(FOLDER)) if (name.endsWith(".json")) rmSync(join(FOLDER, name));
  const files = known.map(({ training, expected }) => {
    const file = join(FOLDER, `${training.name.replace(/[^\w.]+/g, "-")}.json`);
    writeFileSync(file, `${JSON.stringify({ training, expected: shortened(expected) })}\n`);
    return file;
  });
  const bytes = sum(files.map((file) => statSync(file).size));
  const layers = sum(known.map(({ training }) => JSON.stringify(training).split('"class"').length - 1));
  return `${files.length} trainings with ${layers} layers in ${FOLDER}, ${Math.round(bytes / 1024)} KB`;
}

function shortened({ losses, weights }: TrainingResult): TrainingResult {
  const short = (value: number) => Number(value.toPrecision(DIGITS));
  return {
    losses: losses.map(short),
    weights: Object.fromEntries(
      Object.entries(weights).map(([name, values]) => [
        name,
        values.map((value) => (value === null ? null : short(value))),
      ]),
    ),
  };
}
