import { useRef } from "preact/hooks";
import { type Rgb, teal } from "../../../colours.js";
import type { RoomProps } from "../../App.js";
import { textOn } from "../../look/NumberTable.js";
import type { Pair } from "./confusion.js";

interface GridProps extends RoomProps {
  readonly counts: readonly (readonly number[])[];
  readonly chosen: Pair | undefined;
  choose(pair: Pair): void;
}

/** Names up to so many letters stand upright above their columns. */
const SHORT_NAME = 2;
/** Beside so many rows the words find place upright. */
const HIGH = 5;
const ROWS = "The picture shows";

/** A row for each class, a column for each answer. The arrow keys go from cell to cell. */
export function ConfusionGrid({ counts, classes, chosen, choose, paper }: GridProps) {
  const grid = useRef<HTMLTableElement>(null);
  const wrong = counts.flatMap((row, label) => row.filter((_, predicted) => label !== predicted));
  const colours = teal(Math.max(4, ...wrong), paper);
  const long = classes.some((name) => name.length > SHORT_NAME);
  const few = classes.length < HIGH;
  const at = chosen ?? { label: 0, predicted: 0 };

  const move = (event: KeyboardEvent) => {
    const by = MOVES[event.key];
    if (!by) return;
    event.preventDefault();
    const within = (value: number) => Math.min(classes.length - 1, Math.max(0, value));
    const [label, predicted] = [within(at.label + by[0]), within(at.predicted + by[1])];
    choose({ label, predicted });
    grid.current?.querySelector<HTMLElement>(`[data-cell="${label} ${predicted}"]`)?.focus();
  };

  return (
    <table ref={grid} class={`confusion${long ? " long" : ""}`} aria-label="What the network takes for what">
      <tbody>
        {few && (
          <tr>
            <th scope="col" colSpan={classes.length + 2} class="axis">
              {ROWS}
            </th>
          </tr>
        )}
        {counts.map((row, label) => (
          <tr key={label}>
            {label === 0 && (
              <th scope="rowgroup" rowSpan={classes.length} class="axis">
                {!few && <span>{ROWS}</span>}
              </th>
            )}
            <th scope="row">{classes[label]}</th>
            {row.map((times, predicted) => {
              const here = label === at.label && predicted === at.predicted;
              const of = row.reduce((sum, n) => sum + n, 0);
              const words = `The picture shows ${classes[label]}, the network says ${classes[predicted]}: ${times} of ${of} pictures`;
              return (
                <td key={predicted}>
                  <button
                    type="button"
                    class={label === predicted ? "right" : undefined}
                    data-cell={`${label} ${predicted}`}
                    tabIndex={here ? 0 : -1}
                    aria-pressed={here}
                    aria-label={words}
                    title={words}
                    style={label === predicted ? {} : coloured(colours.rgb(times))}
                    onClick={() => choose({ label, predicted })}
                    onKeyDown={move}
                  >
                    {times > 0 ? times : ""}
                  </button>
                </td>
              );
            })}
          </tr>
        ))}
        <tr>
          <td colSpan={2} />
          {classes.map((name, predicted) => (
            <th key={predicted} scope="col">
              <span>{name}</span>
            </th>
          ))}
        </tr>
        <tr>
          <td colSpan={2} />
          <th scope="colgroup" colSpan={classes.length} class="axis">
            The network says
          </th>
        </tr>
      </tbody>
    </table>
  );
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

const coloured = (rgb: Rgb) => ({ background: `rgb(${rgb.join(" ")})`, color: textOn(rgb) });
