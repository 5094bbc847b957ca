import type { Batch } from "webgpu-cnn/io";
import { formatNumber } from "../format.js";
import type { Progress } from "../progress.js";
import { type Effort, timeInterleaved } from "../timing.js";
import type { Result } from "./results.js";
import { stepsOver, type Trainee } from "./trainee.js";

/** Runs the first steps of each trainee, then all trainees in turn, and closes them. */
export async function measureTrainees(
  trainees: readonly Trainee[],
  examples: readonly Batch[],
  effort: Effort,
  progress: Progress,
): Promise<Result[]> {
  const begun: { readonly firstStep: number; readonly losses: readonly number[] }[] = [];
  for (const trainee of trainees) {
    progress.show(`${trainee.name}: the first steps`);
    const start = performance.now();
    let firstStep = 0;
    const losses = await firstLosses(trainee, examples, () => {
      firstStep = performance.now() - start;
    });
    begun.push({ firstStep, losses });
    progress.finished(`${trainee.name}: first step ${formatNumber(firstStep)} ms`);
  }
  progress.show(`${trainees.map(({ name }) => name).join(", ")} in turn`);
  const timings = await timeInterleaved(
    trainees.map((trainee) => stepsOver(trainee, examples)),
    effort,
  );
  for (const trainee of trainees) await trainee.close();
  const batchSize = examples[0]?.size ?? 0;
  return trainees.flatMap(({ name }, i) => {
    const [start, timing] = [begun[i], timings[i]];
    return start && timing ? [{ name, ...start, timing, imagesPerSecond: (1000 * batchSize) / timing.median }] : [];
  });
}

/**
 * Trains one step on each batch.
 *
 * @param afterFirst called when the first loss is on the host
 * @returns the losses
 */
export async function firstLosses(
  trainee: Trainee,
  examples: readonly Batch[],
  afterFirst = () => {},
): Promise<number[]> {
  const losses: number[] = [];
  await trainee.prepare?.();
  for (const batch of examples) {
    trainee.step(batch);
    await trainee.finish();
    losses.push(await trainee.loss());
    if (losses.length === 1) afterFirst();
  }
  return losses;
}
