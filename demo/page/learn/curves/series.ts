/** A curve that stays small, however many steps it has. */

/** More points than that do not fit beside one another. */
const MOST_BUCKETS = 1000;
/** Of the running mean: it remembers some ten steps. */
const MEMORY = 0.9;

interface Bucket {
  readonly step: number;
  least: number;
  most: number;
  smooth: number;
}

export interface Drawn {
  readonly steps: readonly number[];
  /** In each bucket, the least value and then the most: what a line through all points covers. */
  readonly raw: readonly (number | null)[];
  readonly smooth: readonly (number | null)[];
}

/** One value for each step, in their order. */
export class Series {
  readonly #buckets: Bucket[] = [];
  #stepsPerBucket = 1;
  #inLast = 0;
  #weighted = 0;
  #weight = 0;

  /** The running mean now. It starts with the first value, not with zero. */
  get smooth(): number {
    return this.#weighted / this.#weight;
  }

  push(step: number, value: number): void {
    if (Number.isFinite(value)) {
      this.#weighted = MEMORY * this.#weighted + (1 - MEMORY) * value;
      this.#weight = MEMORY * this.#weight + (1 - MEMORY);
    }
    const last = this.#buckets.at(-1);
    if (last && this.#inLast < this.#stepsPerBucket) {
      widen(last, value, value);
      last.smooth = this.smooth;
      this.#inLast++;
      return;
    }
    if (this.#buckets.length >= MOST_BUCKETS) this.#halve();
    this.#buckets.push({ step, least: value, most: value, smooth: this.smooth });
    this.#inLast = 1;
  }

  drawn(): Drawn {
    const steps: number[] = [];
    const raw: (number | null)[] = [];
    const smooth: (number | null)[] = [];
    for (const { step, least, most, smooth: mean } of this.#buckets) {
      steps.push(step);
      raw.push(finite(least));
      smooth.push(finite(mean));
      if (Object.is(least, most)) continue;
      steps.push(step + this.#stepsPerBucket / 2);
      raw.push(finite(most));
      smooth.push(finite(mean));
    }
    return { steps, raw, smooth };
  }

  /** Joins each two buckets. */
  #halve(): void {
    const half = Math.ceil(this.#buckets.length / 2);
    for (let i = 0; i < half; i++) {
      const [first, second] = [this.#buckets[2 * i], this.#buckets[2 * i + 1]];
      if (!first) continue;
      if (second) {
        widen(first, second.least, second.most);
        first.smooth = second.smooth;
      }
      this.#buckets[i] = first;
    }
    this.#buckets.length = half;
    this.#stepsPerBucket *= 2;
  }
}

/** A loss that is no number does not hide those beside it. */
function widen(bucket: Bucket, least: number, most: number): void {
  bucket.least = Number.isFinite(bucket.least)
    ? Math.min(bucket.least, Number.isFinite(least) ? least : bucket.least)
    : least;
  bucket.most = Number.isFinite(bucket.most) ? Math.max(bucket.most, Number.isFinite(most) ? most : bucket.most) : most;
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
