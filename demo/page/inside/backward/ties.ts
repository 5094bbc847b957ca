import { short } from "../../look/words.js";

const COUNTS = ["None", "One", "Two", "Three", "All four"];

/** What happens if several numbers of a window are largest. The training's pool takes the first; the course's mask marks all. */
export function tieWords(count: number, value: number): string {
  return `${COUNTS[count]} are largest (${short(value)}). The mask of the course marks each of them; in the training the first gets it all.`;
}
