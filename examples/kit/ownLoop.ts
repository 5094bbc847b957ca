import type { Tensor } from "webgpu-cnn";
import { ProgressBar } from "../../demo/train/progressBar.js";
import { Curves } from "./curves.js";

/** The number of reports over which the progress bar shows means. */
const SHOWN_REPORTS = 5;

export interface LoopSize {
  readonly epochs: number;
  /** The steps of an epoch. */
  readonly steps: number;
  readonly batchSize: number;
}

/** The progress bar and the curves of a training loop that is not `model.fit`. */
export class OwnLoop {
  readonly curves = new Curves();
  readonly #bar: ProgressBar;
  readonly #started = performance.now();

  constructor(private readonly size: LoopSize) {
    this.#bar = new ProgressBar(process.stdout, size.batchSize);
  }

  /**
   * Reports a step. It waits until the step's losses are computed.
   *
   * @param step the number of the step over all epochs, from 1
   * @param losses scalars by name: a point on each line
   */
  async report(step: number, losses: Readonly<Record<string, Tensor>>): Promise<void> {
    const read = Object.entries(losses).map(
      async ([name, loss]) => [name, (await loss.read())[0] ?? Number.NaN] as const,
    );
    const values = Object.fromEntries(await Promise.all(read));
    const { epochs, steps, batchSize } = this.size;
    this.curves.add(step, values);
    const imagesPerSecond = (1000 * step * batchSize) / (performance.now() - this.#started);
    const epoch = Math.ceil(step / steps);
    const place = { epoch, epochs, step: step - (epoch - 1) * steps, steps };
    this.#bar.update({ ...place, imagesPerSecond, shown: this.curves.shown(SHOWN_REPORTS) });
  }

  end(): void {
    this.#bar.end();
    console.log();
  }
}
