/** A test with few pictures, in words: a share in per cent would promise too much. */
import { keptOf } from "../../data/items.js";
import { count } from "../../look/words.js";
import type { OwnSamples } from "../../own/useOwnPictures.js";
import type { TestResult } from "../../worker/messages.js";

/** Fewer pictures than that say little about others. */
const FEW = 20;

/** Such as "recognizes 3 of the 4 pictures kept for the test", or "recognizes both pictures kept for the test". */
export function resultOf({ labels, accuracy }: TestResult, samples: OwnSamples): string {
  const all = labels.length;
  const right = Math.round(accuracy * all);
  const { kept, repeated } = keptIn(samples);
  const which = repeated === 0 ? "kept for the test" : kept === 0 ? "it learned from" : "of the test";
  return `recognizes ${shareOf(right, all)} ${which}`;
}

function shareOf(right: number, all: number): string {
  if (all === 2 && right !== 1) return right === 2 ? "both pictures" : "neither of the two pictures";
  if (right === all) return `all ${count(all)} pictures`;
  return `${right === 0 ? "none" : count(right)} of the ${count(all)} pictures`;
}

/** What the result is worth, if that is little. */
export function noteOn(samples: OwnSamples): string | undefined {
  const { kept, repeated } = keptIn(samples);
  if (kept === 0) return "With five pictures or more in a class, one in five is kept for a real test.";
  if (repeated > 0) return "A class with fewer than five pictures is tested with those that it learned from.";
  return kept < FEW ? `${kept} test pictures are few: the result is rough.` : undefined;
}

/** How many pictures are kept for the test, and how many classes are tested with those that they teach. */
function keptIn({ classes, pictures: { labels } }: OwnSamples) {
  const counts = classes.map((_, label) => labels.filter((of) => of === label).length).filter((n) => n > 0);
  return {
    kept: counts.reduce((sum, n) => sum + keptOf(n), 0),
    repeated: counts.filter((n) => keptOf(n) === 0).length,
  };
}
