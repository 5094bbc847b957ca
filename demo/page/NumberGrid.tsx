import type { ColourMap } from "../colours.js";
import { short } from "./words.js";

interface NumberGridProps {
  readonly title: string;
  /** In row-major order. */
  readonly values: ArrayLike<number>;
  readonly columns: number;
  readonly colours: ColourMap;
  /** Indices to frame. */
  readonly marked?: readonly number[];
}

/** Numbers in their colours, as a table. */
export function NumberGrid({ title, values, columns, colours, marked = [] }: NumberGridProps) {
  const rows = Array.from({ length: Math.ceil(values.length / columns) }, (_, row) => row * columns);
  return (
    <table class="numbers" data-columns={columns} data-grid={title}>
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
                  style={{ background: `rgb(${rgb.join(" ")})`, color: isLight(rgb) ? "#14171c" : "#fff" }}
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

/** By the luma of BT.601. */
const isLight = ([red, green, blue]: readonly [number, number, number]) =>
  0.299 * red + 0.587 * green + 0.114 * blue > 140;
