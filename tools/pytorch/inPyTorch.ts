import { spawn } from "node:child_process";
import { once } from "node:events";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import {
  startingValues,
  type TrainingCase,
  type TrainingResult,
  type Values,
} from "../../test/support/pytorch/trainingCase.js";

/** What train.py writes for a training. */
interface Written {
  readonly losses: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** The indices of the numbers whose true gradient is zero, by weight. */
  readonly zeroGradients: Readonly<Record<string, readonly number[]>>;
}

/**
 * Carries out trainings with PyTorch, in float64.
 *
 * @param python the Python that has PyTorch
 * @throws Error if Python fails
 */
export async function trainInPyTorch(
  python: string,
  trainings: readonly TrainingCase[],
): Promise<readonly TrainingResult[]> {
  const script = fileURLToPath(new URL("train.py", import.meta.url));
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(trainings.map((training) => ({ training, values: plainValues(training) }))));
  const [written, [code]] = await Promise.all([json(child.stdout).catch(() => undefined), once(child, "close")]);
  if (code !== 0) throw new Error(`${python} ended with ${code}; it needs PyTorch (pip install torch)`);
  return resultsIn(written).map(({ losses, weights, zeroGradients }) => ({
    losses,
    weights: Object.fromEntries(
      Object.entries(weights).map(([name, values]) => {
        const zero = new Set(zeroGradients[name] ?? []);
        return [name, values.map((value, i) => (zero.has(i) ? null : value))];
      }),
    ),
  }));
}

function resultsIn(written: unknown): readonly Written[] {
  if (Array.isArray(written)) return written;
  throw new Error("train.py wrote no list of results");
}

/** The starting values as JSON holds them. */
function plainValues(training: TrainingCase) {
  const { weights, inputs, targets, sampleWeight } = startingValues(training);
  const plain = (values: Readonly<Record<string, Values>>) =>
    Object.fromEntries(Object.entries(values).map(([name, { shape, data }]) => [name, { shape, data: [...data] }]));
  return {
    ...{ weights: plain(weights), inputs: plain(inputs), targets: plain(targets) },
    ...(sampleWeight && { sampleWeight: [...sampleWeight] }),
  };
}
