import { fixed } from "../../look/words.js";

/** Two digits, for cells that are too narrow for more: .34, −.02, 1.4, −12. */
export function smallest(value: number): string {
  const size = Math.abs(value);
  if (size >= 9.95) return fixed(value, 0);
  if (size >= 0.995) return fixed(value, 1);
  return fixed(value, 2)
    .replace("0.", ".")
    .replace(/^\.00$/, "0");
}
