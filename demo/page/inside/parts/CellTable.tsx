import type { ComponentChildren } from "preact";
import type { ColourMap } from "../../../colours.js";
import { textOn } from "../../look/NumberTable.js";
import { short } from "../../look/words.js";

interface CellTableProps {
  readonly title?: ComponentChildren;
  readonly note?: ComponentChildren;
  /** A word below the table. */
  readonly foot?: ComponentChildren;
  /** What a screen reader calls it. */
  readonly label: string;
  /** In reading order. */
  readonly values: ArrayLike<number>;
  readonly columns: number;
  readonly colours: ColourMap;
  /** The width of a cell. */
  readonly width: number;
  /** The name of the table for the lines that end at it, and for tests. */
  readonly anchor?: string | undefined;
  /** The index that is pointed at, here or elsewhere. */
  readonly pointed?: number | undefined;
  onPoint?: ((index: number | undefined) => void) | undefined;
  /** Indices to frame. */
  readonly marked?: readonly number[] | undefined;
  /** Indices of numbers that go no further: they fade. */
  readonly dropped?: readonly number[] | undefined;
  /** Milliseconds from one number to the next, if they come in turn. */
  readonly turn?: number | undefined;
  format?: ((value: number) => string) | undefined;
}

/** Numbers in their colours. A number that is pointed at is marked wherever the same place is shown. */
export function CellTable(props: CellTableProps) {
  const { title, note, foot, label, values, columns, colours, width, anchor, pointed, onPoint, turn } = props;
  const { marked = [], dropped = [] } = props;
  const format = props.format ?? short;
  const rows = Array.from({ length: Math.ceil(values.length / columns) }, (_, row) => row * columns);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (!by || !onPoint) return;
    event.preventDefault();
    event.stopPropagation();
    onPoint(Math.min(Math.max((pointed ?? -Math.min(by, 0)) + (pointed === undefined ? 0 : by), 0), values.length - 1));
  };
  const cells = (
    <tbody data-anchor={anchor} class={turn === undefined ? undefined : "in-turn"}>
      {rows.map((start) => (
        <tr key={start}>
          {Array.from({ length: columns }, (_, column) => {
            const index = start + column;
            const value = values[index] ?? Number.NaN;
            const rgb = colours.rgb(value);
            const colour = { background: `rgb(${rgb.join(" ")})`, color: textOn(rgb) };
            const fades = dropped.includes(index);
            const mark =
              index === pointed ? "pointed" : marked.includes(index) ? "marked" : fades ? "dropped" : undefined;
            return (
              <td
                key={index}
                class={mark}
                data-index={index}
                style={{
                  ...(fades ? { "--was": colour.background } : colour),
                  minWidth: `${width}px`,
                  ...(turn !== undefined && { animationDelay: `${Math.round(turn * index)}ms` }),
                }}
              >
                {format(value)}
              </td>
            );
          })}
        </tr>
      ))}
    </tbody>
  );
  const head = title && (
    <div class="table-head">
      <h2>{title}</h2>
      {note && <p class="small">{note}</p>}
    </div>
  );
  const below = foot && <p class="small foot">{foot}</p>;
  if (!onPoint) {
    return (
      <div class="cell-table">
        {head}
        <table class="numbers" aria-label={label} data-table={anchor}>
          {cells}
        </table>
        {below}
      </div>
    );
  }
  return (
    <div class="cell-table">
      {head}
      <table
        class="numbers"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys lead through it, as the pointer does
        tabIndex={0}
        aria-label={label}
        data-table={anchor}
        onKeyDown={move}
        onBlur={() => onPoint(undefined)}
        onPointerMove={({ target }) => {
          const cell =
            target instanceof Element ? target.closest("[data-index]")?.getAttribute("data-index") : undefined;
          onPoint(cell ? Number(cell) : undefined);
        }}
        onPointerLeave={() => onPoint(undefined)}
      >
        {cells}
      </table>
      {below}
    </div>
  );
}
