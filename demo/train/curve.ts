import type { HostArray } from "webgpu-cnn/io";

/** What the training reported at each step. */
export class LearningCurve {
  /** The number of the step over all epochs, from 1. */
  readonly steps: number[] = [];
  readonly losses: number[] = [];
  /** 0 to 1 */
  readonly accuracies: number[] = [];

  add(step: number, loss: number, accuracy: number): void {
    this.steps.push(step);
    this.losses.push(loss);
    this.accuracies.push(accuracy);
  }

  get lastLoss(): number | undefined {
    return this.losses.at(-1);
  }

  /** Means over the last steps, because single batches vary a lot. */
  recent(count: number): { readonly loss: number; readonly accuracy: number } {
    return { loss: mean(this.losses.slice(-count)), accuracy: mean(this.accuracies.slice(-count)) };
  }

  /** The curve as tensors for a checkpoint, so that a resumed run draws the whole curve. */
  tensors(): Map<string, HostArray> {
    const shape = [this.steps.length];
    return new Map<string, HostArray>([
      ["curve.step", { shape, data: Int32Array.from(this.steps) }],
      ["curve.loss", { shape, data: Float64Array.from(this.losses) }],
      ["curve.accuracy", { shape, data: Float64Array.from(this.accuracies) }],
    ]);
  }

  /** Takes the curve from a checkpoint's tensors. @returns the curve and the other tensors */
  static takeFrom<Entry extends HostArray>(
    tensors: ReadonlyMap<string, Entry>,
  ): { readonly curve: LearningCurve; readonly rest: Map<string, Entry> } {
    const rest = new Map(tensors);
    const take = (name: string): number[] => {
      const found = rest.get(name);
      rest.delete(name);
      return found ? Array.from(found.data, Number) : [];
    };
    const [steps, losses, accuracies] = [take("curve.step"), take("curve.loss"), take("curve.accuracy")];
    const curve = new LearningCurve();
    for (const [i, step] of steps.entries()) {
      curve.add(step, losses[i] ?? Number.NaN, accuracies[i] ?? Number.NaN);
    }
    return { curve, rest };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean of each value and up to `reach` neighbours on either side, as a smooth curve. */
export function smoothed(values: readonly number[], reach: number): number[] {
  const sums = [0];
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value);
  return values.map((_, i) => {
    const [from, to] = [Math.max(0, i - reach), Math.min(values.length, i + reach + 1)];
    return ((sums[to] ?? Number.NaN) - (sums[from] ?? Number.NaN)) / (to - from);
  });
}
