import { fixed, short } from "../../look/words.js";
import { smallest } from "../parts/numbers.js";

/** How the gradients of a view are written: all in the same unit. Those of a network that has learned are small. */
export interface Unit {
  /** Such as "thousandths"; "" for plain numbers. */
  readonly word: string;
  /** So many decimals of a plain number are as exact as what `format` writes. */
  readonly decimals: number;
  format(value: number): string;
  /** The same for a cell that is too narrow for more than two digits. */
  small(value: number): string;
}

const NAMES = ["", "thousandths", "millionths", "billionths"];

/** The unit in which numbers up to this limit can be read. */
export function unitOf(limit: number): Unit {
  const found = NAMES.findIndex((_, i) => limit * 1000 ** i >= 0.2);
  const power = found < 0 ? NAMES.length - 1 : found;
  if (power === 0) return { word: "", decimals: 2, format: short, small: smallest };
  const write = (value: number, from: number) => {
    const scaled = value * 1000 ** power;
    return fixed(scaled, Math.abs(scaled) >= from ? 0 : 1);
  };
  return {
    word: NAMES[power] ?? "",
    decimals: 3 * power,
    format: (value) => write(value, 99.95),
    small: (value) => write(value, 9.95).replace("0.", ".").replace(/^\.0$/, "0"),
  };
}

/** Whether numbers add up to their sum as they are written, within its last digit. */
export function addsUp(terms: readonly string[], sum: string): boolean {
  const digit = 10 ** -(sum.split(".")[1]?.length ?? 0);
  const total = terms.reduce((part, term) => part + numberOf(term), 0);
  return Math.abs(total - numberOf(sum)) <= 1.001 * digit;
}

const numberOf = (written: string) => Number(written.replace("−", "-"));
