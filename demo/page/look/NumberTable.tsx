import type { ColourMap } from "../../colours.js";
import { short } from "./words.js";

interface NumberTableProps {
  readonly title: string;
  /** In row-major order. */
  readonly values: ArrayLike<number>;
  readonly columns: number;
  readonly colours: ColourMap;
  /** Indices to frame. */
  readonly marked?: readonly number[];
}

/** Numbers in their colours, as a table. */
export function NumberTable({ title, values, columns, colours, marked = [] }: NumberTableProps) {
  const rows = Array.from({ length: Math.ceil(values.length / columns) }, (_, row) => row * columns);
  return (
    <table class="numbers" data-columns={columns} data-table={title}>
      <caption>{title}</caption>
      <tbody>
        {rows.map((start) => (
          <tr key={start}>
            {Array.from({ length: columns }, (_, column) => {
              const value = values[start + column] ?? Number.NaN;
              const rgb = colours.rgb(value);
              return (
                <td
                  key={start + column}
                  class={marked.includes(start + column) ? "marked" : undefined}
                  style={{ background: `rgb(${rgb.join(" ")})`, color: textOn(rgb) }}
                >
                  {short(value)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Black or white, whichever contrasts more: at least 4.5 to 1 on every colour. By WCAG's relative luminance. */
export function textOn(rgb: readonly [number, number, number]): "#000" | "#fff" {
  const [red, green, blue] = rgb.map(linear);
  const luminance = 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#000" : "#fff";
}

function linear(byte: number): number {
  const share = byte / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
