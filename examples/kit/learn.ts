import type { GraphTensors, Model } from "webgpu-cnn/nn";
import { ProgressBar } from "../../demo/train/progressBar.js";
import { Curves } from "./curves.js";
import type { Example } from "./example.js";

type Trainable = Pick<Model<GraphTensors>, "fit">;
type Dataset = Parameters<Trainable["fit"]>[0];
type FitOptions = NonNullable<Parameters<Trainable["fit"]>[1]>;

/** The steps from one report to the next. A GPU goes on without a pause between them. */
const REPORT_EVERY = 10;
/** The number of reports over which the progress bar shows means. */
const SHOWN_REPORTS = 5;

/**
 * Trains a model as `model.fit` does, with a progress bar, until the end or until Ctrl-C.
 *
 * @param options those of `model.fit`
 * @returns the lines "loss", "accuracy" (or another metric of the model), and with validation data "validation loss",
 * "validation accuracy"
 */
export async function learn(
  example: Example,
  model: Trainable,
  dataset: Dataset,
  { batchSize = 32, ...options }: FitOptions,
): Promise<Curves> {
  const curves = new Curves();
  const bar = new ProgressBar(process.stdout, batchSize);
  const reportEvery = example.backend.kind === "cpu" ? 1 : REPORT_EVERY;
  for await (const report of model.fit(dataset, { batchSize, reportEvery, ...options })) {
    const { epoch, epochs, step, steps = step, loss, metrics, validation, imagesPerSecond } = report;
    const total = (epoch - 1) * steps + step;
    curves.add(total, { loss, ...metrics });
    if (validation) curves.add(total, { loss: validation.loss, ...validation.metrics }, "validation ");
    bar.update({ epoch, epochs, step, steps, imagesPerSecond, shown: curves.shown(SHOWN_REPORTS) });
    if (example.stopped) break;
  }
  bar.end();
  console.log();
  return curves;
}
