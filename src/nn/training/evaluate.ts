import type { Examples } from "../data/dataset.js";
import { batchesOf } from "../data/source.js";
import { addTo, emptySums, type Judgement, meanOf } from "./judge.js";
import type { RunningStep, Trainer } from "./trainer.js";

/** Loss and metrics over examples, without training. One step runs while the one before it is read. */
export async function evaluated(trainer: Trainer, examples: Examples, batchSize: number): Promise<Judgement> {
  const order = { batchSize, shuffle: false, seed: 0, dropLast: false, augmentation: undefined };
  const sums = emptySums();
  const count = async ({ judgement, examples }: RunningStep) => addTo(sums, await judgement, examples);
  let running: RunningStep | undefined;
  for await (const batch of batchesOf(examples, order).epoch(0, 0)) {
    const next = await trainer.run("evaluate", batch);
    if (running) await count(running);
    running = next;
  }
  if (running) await count(running);
  return meanOf(sums);
}
