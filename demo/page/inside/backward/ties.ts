import { short } from "../../look/words.js";

const COUNTS = ["None", "One", "Two", "Three", "All four"];

/** What happens if several numbers of a window are largest. Training's pool takes the first; the mask marks all. */
export function tieWords(count: number, value: number): string {
  return `${COUNTS[count]} are largest (${short(value)}): poolBackward gives all of g to each. In training the first gets it.`;
}
