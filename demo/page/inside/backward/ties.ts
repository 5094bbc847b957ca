import { short } from "../../look/words.js";

const COUNTS = ["None", "One", "Two", "Three", "All four"];

/** What happens if several numbers of a window are largest. Training's pool takes the first; the mask marks all. */
export function tieWords(count: number, value: number): string {
  return `${COUNTS[count]} are largest (${short(value)}): poolBackward's mask marks each, and each gets all of g. In training only the first gets it, as in the map.`;
}
