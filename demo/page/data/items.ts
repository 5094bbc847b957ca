import type { DataSet } from "./load.js";
import type { Labelled } from "./packed.js";

/** Some items of a set. */
export function pickItems({ images, shape, labels }: Labelled, items: readonly number[]): Labelled {
  const [, height, width, channels] = shape;
  const size = height * width * channels;
  const picked = new Uint8Array(items.length * size);
  for (const [i, n] of items.entries()) picked.set(images.subarray(n * size, (n + 1) * size), i * size);
  return {
    images: picked,
    shape: [items.length, height, width, channels],
    labels: Uint8Array.from(items, (n) => labels[n] ?? 0),
  };
}

/** Of fewer pictures, each is needed to learn from. */
const FEWEST_KEPT_OF = 5;

/** How many pictures of a class that has so many are for the test: one in five, rounded. */
export const keptOf = (pictures: number) => (pictures < FEWEST_KEPT_OF ? 0 : Math.round(pictures / 5));

/** The last fifth of each class is for the test. A class of fewer than five pictures is tested with those that it learns from. */
export function splitSamples(classes: readonly string[], samples: Labelled): DataSet {
  const { labels } = samples;
  const parts: { train: number[]; test: number[] } = { train: [], test: [] };
  for (const label of classes.keys()) {
    const items = [...labels.keys()].filter((n) => labels[n] === label);
    const held = keptOf(items.length);
    parts.train.push(...items.slice(0, items.length - held));
    parts.test.push(...(held > 0 ? items.slice(-held) : items));
  }
  return { train: pickItems(samples, parts.train), test: pickItems(samples, parts.test), classes };
}
