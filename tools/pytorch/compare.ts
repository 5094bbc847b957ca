import { parseArgs } from "node:util";
import { type BackendKind, createBackend } from "webgpu-cnn";
import { existing } from "../../src/core/objects.js";
import { type Difference, differences, LARGEST_DIFFERENCE } from "../../test/support/pytorch/agreement.js";
import { train } from "../../test/support/pytorch/train.js";
import type { KnownTraining, TrainingCase } from "../../test/support/pytorch/trainingCase.js";
import { ensureAdapter } from "../softwareAdapter.mjs";
import { trainInPyTorch } from "./inPyTorch.js";
import { drawCase } from "./networks/drawCase.js";
import { covering, writeStored } from "./store.js";

const USAGE = `Trains random networks with this library and with PyTorch, and compares all losses and all weights.

usage: node tools/run.mjs tools/pytorch/compare.ts [--cases N] [--seed N] [--only I] [--backend NAME] [--python PATH] [--store]

  --cases N       how many networks; 42 if left out
  --seed N        the seed of the networks; 1 if left out
  --only I        only the I-th of them, with all differences
  --backend NAME  webgpu, wasm or cpu; all three if left out
  --python PATH   a Python with PyTorch; python3 if left out
  --store         writes those that cover every layer, loss and optimizer to test/nn/pytorch, instead of training them here
  --help          this text

It exits with 0 if all losses and weights agree within ${LARGEST_DIFFERENCE} of the larger of 1 and the number, else with 1.`;

const KINDS: readonly BackendKind[] = ["webgpu", "wasm", "cpu"];

const { values: given } = parseArgs({
  options: {
    cases: { type: "string", default: "42" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    backend: { type: "string" },
    python: { type: "string", default: "python3" },
    store: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const wrong = wrongArgument();
if (given.help) console.log(USAGE);
else if (wrong) {
  console.error(`${wrong}\n\n${USAGE}`);
  process.exitCode = 2;
} else await main();

/** What is wrong with the arguments. */
function wrongArgument(): string | undefined {
  const { cases, seed, only = "0", backend } = given;
  for (const [name, value] of Object.entries({ cases, seed, only })) {
    if (!/^\d{1,6}$/.test(value)) return `--${name} is "${value}", expected a whole number`;
  }
  if (Number(only) >= Number(cases)) return `--only is ${only}, expected a number below --cases ${cases}`;
  if (backend === undefined || KINDS.some((kind) => kind === backend)) return undefined;
  return `--backend is "${backend}", expected ${KINDS.join(", ")}`;
}

async function main(): Promise<void> {
  const known = await knownTrainings(await drawCases());
  if (given.store) {
    console.log(writeStored(covering(known)));
    return;
  }
  await ensureAdapter();
  let disagreements = 0;
  for (const kind of KINDS.filter((each) => given.backend === undefined || each === given.backend)) {
    const backend = await createBackend({ kind });
    console.log(`\n${kind}\n${row(["network", "losses", "losses of", "optimizer", "largest difference", "where"])}`);
    for (const { training, expected } of known) {
      const found = differences(await train(backend, training), expected);
      if (given.only !== undefined) for (const each of found) console.log(shown(each));
      const worst = found.reduce((a, b) => (b.size > a.size ? b : a));
      if (worst.size > LARGEST_DIFFERENCE) disagreements++;
      const [first = Number.NaN] = expected.losses;
      console.log(
        row([
          training.name,
          `${first.toFixed(3)} → ${(expected.losses.at(-1) ?? Number.NaN).toFixed(3)}`,
          Object.values(training.loss)
            .map(({ name }) => name)
            .join(", "),
          training.optimizer.name,
          worst.size.toExponential(1),
          worst.size > LARGEST_DIFFERENCE ? `DIFFERS: ${shown(worst)}` : worst.where,
        ]),
      );
    }
    backend.destroy();
  }
  console.log(disagreements === 0 ? "\nAll agree." : `\n${disagreements} differ.`);
  if (disagreements > 0) process.exitCode = 1;
}

async function drawCases(): Promise<readonly TrainingCase[]> {
  const cases: TrainingCase[] = [];
  const backend = await createBackend({ kind: "cpu" });
  for (let i = 0; i < Number(given.cases); i++) {
    if (given.only === undefined || i === Number(given.only))
      cases.push(await drawCase(backend, Number(given.seed), i));
  }
  backend.destroy();
  return cases;
}

async function knownTrainings(cases: readonly TrainingCase[]): Promise<readonly KnownTraining[]> {
  const results = await trainInPyTorch(given.python, cases);
  return cases.map((training, i) => ({ training, expected: existing(results[i]) }));
}

function row([name = "", losses = "", loss = "", optimizer = "", size = "", where = ""]: readonly string[]): string {
  return [name.padEnd(34), losses.padEnd(16), loss.padEnd(22), optimizer.padEnd(10), size.padEnd(8), where].join(" ");
}

function shown({ where, actual, expected, size }: Difference): string {
  return `${where} is ${actual}, expected ${expected} (${size.toExponential(1)})`;
}
