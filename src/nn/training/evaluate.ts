import type { BatchSource } from "../data/source.js";
import { addTo, emptySums, type Judgement, meanOf } from "./judge.js";
import type { RunningStep, Trainer } from "./trainer.js";

/**
 * Loss and metrics over examples, without training. One step runs while the one before it is read.
 *
 * @param signal stops before the next step
 */
export async function evaluated(trainer: Trainer, source: BatchSource, signal?: AbortSignal): Promise<Judgement> {
  const sums = emptySums();
  const count = async ({ judgement, examples }: RunningStep) => addTo(sums, await judgement, examples);
  let running: RunningStep | undefined;
  try {
    for await (const batch of source.epoch(0, 0)) {
      signal?.throwIfAborted();
      const next = await trainer.run("evaluate", batch);
      const before = running;
      running = next;
      if (before) await count(before);
    }
    if (running) await count(running);
  } finally {
    // After an error, nothing of it may still be on its way.
    await running?.judgement.catch(() => {});
  }
  return meanOf(sums);
}
