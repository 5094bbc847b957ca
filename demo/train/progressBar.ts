import type { WriteStream } from "node:tty";

/** How far the training is. */
export interface TrainingProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Within the epoch, from 1. */
  readonly step: number;
  /** In an epoch. */
  readonly steps: number;
  readonly loss: number;
  /** 0 to 1 */
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

const BAR_LENGTH = 24;
/** Eighths of a block, so that a short bar moves smoothly. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** In milliseconds: more often than the eye can follow would only cost time; elsewhere than on a terminal every line stays. */
const BETWEEN_REWRITES = 100;
const BETWEEN_LINES = 5000;

/** Shows how the training goes: on a terminal one line that is rewritten, elsewhere a line now and then and after every epoch. */
export class ProgressBar {
  #written = Number.NEGATIVE_INFINITY;
  #line = "";

  /**
   * @param batchSize images of a step
   * @param clock milliseconds
   */
  constructor(
    private readonly stream: Pick<WriteStream, "write" | "isTTY" | "columns">,
    private readonly batchSize: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  update(progress: TrainingProgress): void {
    this.#line = progressLine(progress, this.batchSize);
    const now = this.clock();
    const epochEnds = progress.step === progress.steps;
    if (now - this.#written < (this.stream.isTTY ? BETWEEN_REWRITES : BETWEEN_LINES) && !epochEnds) return;
    this.#written = now;
    if (this.stream.isTTY) this.#rewrite();
    else this.stream.write(`${this.#line}\n`);
  }

  /** Leaves the last line on the terminal, up to date; called again, it does nothing. */
  end(): void {
    if (this.stream.isTTY && this.#line !== "") {
      this.#rewrite();
      this.stream.write("\n");
    }
    this.#line = "";
  }

  #rewrite(): void {
    // A line that wraps could not be rewritten.
    this.stream.write(`\r\x1b[2K${this.#line.slice(0, this.stream.columns - 1)}`);
  }
}

/** Everything in one line; the bar fills over all epochs. */
export function progressLine(progress: TrainingProgress, batchSize: number): string {
  const { epoch, epochs, step, steps, loss, accuracy, imagesPerSecond } = progress;
  const [done, all] = [(epoch - 1) * steps + step, epochs * steps];
  const left = ((all - done) * batchSize) / imagesPerSecond;
  return [
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs} ${bar(done / all)} ${percent(done / all, 0).padStart(5)}`,
    `loss ${loss.toFixed(4)}`,
    `accuracy ${percent(accuracy, 1).padStart(7)}`,
    `${Math.round(imagesPerSecond).toLocaleString("en")} images/s`,
    `${duration(left)} left`,
  ].join("  ");
}

function bar(share: number): string {
  const eighths = Math.round(share * BAR_LENGTH * 8);
  const filled = "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  return `▕${filled.padEnd(BAR_LENGTH)}▏`;
}

function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** Minutes and seconds, rounded up: it says 0:00 only when it is over. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
