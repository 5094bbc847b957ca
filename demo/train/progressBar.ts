import type { WriteStream } from "node:tty";

/** The progress of the training. */
export interface TrainingProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** The step in the epoch, from 1. */
  readonly step: number;
  /** The steps of an epoch. */
  readonly steps: number;
  /** What else the line shows, such as "loss 0.123". */
  readonly shown: readonly string[];
  readonly imagesPerSecond: number;
}

/** In characters. The bar takes the space that the numbers leave, between these limits. */
const SHORTEST_BAR = 4;
const LONGEST_BAR = 24;
/** Eighths of a block, so that a short bar moves smoothly. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Milliseconds between updates. Faster than the eye can follow is a waste. If the output is not a terminal, every line stays, so there are fewer. */
const BETWEEN_REWRITES = 100;
const BETWEEN_LINES = 5000;
const BETWEEN_EPOCHS = 1000;

/** Shows the progress of the training: on a terminal as one line that is rewritten, elsewhere as a line now and then and after each epoch that is not very short. */
export class ProgressBar {
  #written = Number.NEGATIVE_INFINITY;
  #line = "";

  /**
   * @param batchSize the images of a step
   * @param clock gives milliseconds
   */
  constructor(
    private readonly stream: Pick<WriteStream, "write" | "isTTY" | "columns">,
    private readonly batchSize: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  update(progress: TrainingProgress): void {
    this.#line = progressLine(progress, this.batchSize, this.#columns);
    const now = this.clock();
    const epochEnds = progress.step === progress.steps;
    const isLast = epochEnds && progress.epoch === progress.epochs;
    const between = this.stream.isTTY ? BETWEEN_REWRITES : epochEnds ? BETWEEN_EPOCHS : BETWEEN_LINES;
    if (now - this.#written < between && !isLast) return;
    this.#written = now;
    if (this.stream.isTTY) this.#rewrite();
    else this.stream.write(`${this.#line}\n`);
  }

  /** Leaves the last line on the terminal, up to date. A second call does nothing. */
  end(): void {
    if (this.stream.isTTY && this.#line !== "") {
      this.#rewrite();
      this.stream.write("\n");
    }
    this.#line = "";
  }

  /** One column less than the terminal has, because a line that wraps cannot be rewritten. Some terminals report none. */
  get #columns(): number {
    return this.stream.isTTY && this.stream.columns > 0 ? this.stream.columns - 1 : Infinity;
  }

  #rewrite(): void {
    this.stream.write(`\r\x1b[2K${this.#line.slice(0, this.#columns)}`);
  }
}

/** The whole progress as one line, of `columns` characters if possible. The bar fills over all epochs. */
export function progressLine(progress: TrainingProgress, batchSize: number, columns = Infinity): string {
  const { epoch, epochs, step, steps, shown, imagesPerSecond } = progress;
  const [done, all] = [(epoch - 1) * steps + step, epochs * steps];
  const left = ((all - done) * batchSize) / imagesPerSecond;
  const before = `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs} `;
  const after = [
    "",
    ...shown,
    `${Math.round(imagesPerSecond).toLocaleString("en")} images/s`,
    `${duration(left)} left`,
  ].join("  ");
  const frame = 2;
  const length = Math.min(LONGEST_BAR, Math.max(SHORTEST_BAR, columns - before.length - frame - after.length));
  return `${before}${bar(done / all, length)}${after}`;
}

/** A bar that is filled to a share. */
export function bar(share: number, length: number): string {
  const eighths = Math.round(share * length * 8);
  const filled = "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  return `▕${filled.padEnd(length)}▏`;
}

/** The loss of a classifier, and the share of right predictions, for the line. */
export function lossAndAccuracy({ loss, accuracy }: { readonly loss: number; readonly accuracy: number }): string[] {
  return [`loss ${loss.toFixed(3)}`, `accuracy ${`${(100 * accuracy).toFixed(1)} %`.padStart(7)}`];
}

/** Minutes and seconds, rounded up, so that 0:00 appears only at the end. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
