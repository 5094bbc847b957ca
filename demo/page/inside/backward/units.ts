import { fixed, short } from "../../look/words.js";
import { smallest } from "../parts/numbers.js";

/** How gradients are written: those of a network that has learned are small. */
export interface Unit {
  /** Such as "thousandths"; "" for plain numbers. */
  readonly word: string;
  format(value: number): string;
  /** The same for a cell that is too narrow for more than two digits. */
  small(value: number): string;
}

const NAMES = ["", "thousandths", "millionths", "billionths"];

/** The unit in which numbers up to this limit can be read. */
export function unitOf(limit: number): Unit {
  const found = NAMES.findIndex((_, i) => limit * 1000 ** i >= 0.2);
  const power = found < 0 ? NAMES.length - 1 : found;
  if (power === 0) return { word: "", format: short, small: smallest };
  const write = (value: number, from: number) => {
    const scaled = value * 1000 ** power;
    return fixed(scaled, Math.abs(scaled) >= from ? 0 : 1);
  };
  return { word: NAMES[power] ?? "", format: (value) => write(value, 99.95), small: (value) => write(value, 9.95) };
}
