/** Numbers and cells in words. */
import type { Cell } from "./settings.js";

/** A number as tables show it: two decimals, a real minus, and no "−0.00". */
export function short(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  const text = Math.abs(value).toFixed(Math.abs(value) < 99.995 ? 2 : 0);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** A number as sentences and legends show it: three digits that count. */
export function exact(value: number): string {
  if (value === 0 || Number.isNaN(value)) return String(value + 0);
  const magnitude = Math.abs(value);
  const text =
    magnitude >= 0.001 && magnitude < 10_000 ? String(Number(magnitude.toPrecision(3))) : magnitude.toExponential(1);
  return value < 0 ? `−${text}` : text;
}

export const place = ({ row, column }: Cell): string => `(${row}, ${column})`;

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;
