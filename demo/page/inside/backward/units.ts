import { short } from "../../look/words.js";

/** How gradients are written: those of a network that has learned are small. */
export interface Unit {
  /** Such as "thousandths"; "" for plain numbers. */
  readonly word: string;
  format(value: number): string;
  /** The same for a cell that is too narrow for more than two digits. */
  formatSmall(value: number): string;
}

const NAMES = ["", "thousandths", "millionths", "billionths"];

/** The unit in which numbers up to this limit can be read. */
export function unitOf(limit: number): Unit {
  const power = Math.max(0, NAMES.findIndex((_, i) => limit * 1000 ** i >= 0.2));
  const scaled = (value: number) => value * 1000 ** power;
  if (power === 0) return { word: "", format: short, formatSmall: smallest };
  const whole = (value: number) => short(scaled(value)).replace(/\.\d+$/, "");
  const format = (value: number) => (Math.abs(scaled(value)) >= 99.95 ? whole(value) : oneDecimal(scaled(value)));
  return { word: NAMES[power] ?? "", format, formatSmall: (value) => (Math.abs(scaled(value)) >= 9.95 ? whole(value) : format(value)) };
}
