import { exact } from "../../look/words.js";

/** Compares two numbers that should be the same one, and says how far they are. Both are float32. */
export function agreement(a: number, b: number): string {
  if (Object.is(a, b)) return "Both give the same number, to the last bit.";
  if (a === b) return "Both give 0; one has a minus sign.";
  return `They differ by ${exact(Math.abs(a - b))}: the same sum, added in another order.`;
}
