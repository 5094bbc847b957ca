/** Numbers as the page writes them: a real minus sign, and as many digits as can be read. */

const MINUS = "−";

/** So many decimals. */
export const fixed = (value: number, decimals: number) => signed(value.toFixed(decimals));

/** Two decimals, as in the cells of a table. */
export const short = (value: number) => fixed(value, 2);

/** Three significant digits. */
export const exact = (value: number) => signed(Number(value.toPrecision(3)).toString());

/** No line breaks at it. */
const NO_BREAK_SPACE = "\u00a0";

/** A share of 1 in per cent: with a decimal below 2 % and above 98 %. What is not all is not 100 %. */
export function percent(share: number): string {
  const value = 100 * share;
  const text =
    value > 98 && value < 100
      ? (Math.min(999, Math.round(10 * value)) / 10).toFixed(1)
      : value.toFixed(value > 0 && value < 2 ? 1 : 0);
  return `${text}${NO_BREAK_SPACE}%`;
}

/** Such as 17,632. */
export const count = (value: number) => value.toLocaleString("en");

function signed(text: string): string {
  const rounded = /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
  return rounded.replace("-", MINUS);
}
