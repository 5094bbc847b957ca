import { existing } from "../../core/objects.js";
import { addTo, type Judgement, meanOfAll, type Sums } from "./judge.js";
import type { RunningStep } from "./trainer.js";

/** The steps over which the speed is measured. */
const TIMED_STEPS = 32;

/** Steps whose results are not read yet. */
export class Queue {
  readonly #running: RunningStep[] = [];
  #since: Judgement[] = [];
  /** The examples since the last report. */
  examples = 0;

  constructor(private readonly sums: Sums) {}

  add(step: RunningStep): void {
    if (this.#running.length === 0 && this.#since.length === 0) this.examples = 0;
    this.#running.push(step);
    this.examples += step.examples;
  }

  /** Waits until at most so many steps are queued. */
  async shorten(most: number): Promise<void> {
    while (this.#running.length > most) {
      const { judgement, examples } = existing(this.#running[0]);
      const result = await judgement;
      this.#running.shift();
      addTo(this.sums, result, examples);
      this.#since.push(result);
    }
  }

  /** Waits for all of them. @returns the mean since the last report */
  async all(): Promise<Judgement> {
    await this.shorten(0);
    const mean = meanOfAll(this.#since);
    this.#since = [];
    return mean;
  }

  /** Takes back what `add` took last. */
  takeBack(step: RunningStep): void {
    this.#running.splice(this.#running.indexOf(step), 1);
    this.examples -= step.examples;
  }

  /** Waits for the steps that were queued when the loop was left. A failure was told already, or concerns nobody. */
  async settle(): Promise<void> {
    await this.shorten(0).catch(() => {});
    await Promise.allSettled(this.#running.map(({ judgement }) => judgement));
  }

  /** The means with all steps that are queued now. The later ones do not count. */
  async sumsOfNow(): Promise<Sums> {
    const sums = structuredClone(this.sums);
    for (const { judgement, examples } of [...this.#running]) addTo(sums, await judgement, examples);
    return sums;
  }
}

/** Measures the speed of the last steps. The time in the loop's body does not count. */
export class Speed {
  readonly #measured: { readonly images: number; readonly seconds: number }[] = [];
  #started: number | undefined;

  start(): void {
    this.#started ??= performance.now();
  }

  stop(images: number): void {
    const seconds = (performance.now() - (this.#started ?? performance.now())) / 1000;
    this.#started = undefined;
    this.#measured.push({ images, seconds });
    if (this.#measured.length > TIMED_STEPS) this.#measured.shift();
  }

  get imagesPerSecond(): number {
    const [images, seconds] = this.#measured.reduce<[number, number]>(
      ([images, seconds], each) => [images + each.images, seconds + each.seconds],
      [0, 0],
    );
    return images / seconds;
  }
}
