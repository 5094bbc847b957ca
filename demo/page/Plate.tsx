import { useEffect, useRef, useState } from "preact/hooks";
import type { ColourMap } from "../colours.js";
import type { Image } from "../images.js";
import type { Cell } from "./settings.js";
import { exact, place } from "./words.js";

interface PlateProps {
  /** Left out where the symbol says all. */
  readonly title?: string;
  /** Its letter in the formulas, with what stands below it after an underscore. */
  readonly symbol: string;
  /** One channel in colours of its own, or red, green and blue as they are. */
  readonly channels: readonly Image[];
  readonly colours: ColourMap;
  /** Cells to frame. */
  readonly framed?: readonly Cell[];
  /** What the frame says: where something is read, or where something is written. */
  readonly tone?: "reads" | "writes";
  /** Called with a cell that is clicked, dragged over or reached with an arrow key, which start from `framed`'s middle. */
  readonly onPick?: (cell: Cell) => void;
}

/** A map as a picture: one square a cell, a legend with numbers, and the value under the pointer. */
export function Plate({ title, symbol, channels, colours, framed = [], tone = "reads", onPick }: PlateProps) {
  const [pointed, point] = useState<Cell>();
  const [first] = channels;
  if (!first) return null;
  const { height, width } = first;
  const shape = `${height} × ${width}${channels.length > 1 ? ` × ${channels.length}` : ""}`;
  const cellUnder = (event: PointerEvent): Cell | undefined => {
    if (!(event.currentTarget instanceof Element)) return undefined;
    const box = event.currentTarget.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * width);
    return row >= 0 && row < height && column >= 0 && column < width ? { row, column } : undefined;
  };
  const pick = (cell: Cell | undefined) => cell && onPick?.(cell);
  const middle = framed[Math.floor((framed.length - 1) / 2)];
  const step = (event: KeyboardEvent) => {
    const [down, right] = ARROWS[event.key] ?? [0, 0];
    if (!middle || (down === 0 && right === 0)) return;
    event.preventDefault();
    const row = Math.max(0, Math.min(middle.row + down, height - 1));
    const column = Math.max(0, Math.min(middle.column + right, width - 1));
    pick({ row, column });
  };
  const value = pointed && channels.map(({ at }) => exact(at(pointed.row, pointed.column))).join(", ");
  return (
    <figure class={`plate ${tone}`} data-plate={symbol}>
      <figcaption>
        {title && <b>{title}</b>} <Letter name={symbol} />
        <span class="shape">{shape}</span>
      </figcaption>
      <div
        class={onPick ? "map pickable" : "map"}
        style={{ aspectRatio: `${width} / ${height}` }}
        role="application"
        aria-label={`${title ?? symbol}, ${shape}${onPick ? ". Arrow keys move the window." : ""}`}
        tabIndex={onPick ? 0 : -1}
        onKeyDown={onPick && step}
        onPointerDown={(event) => pick(cellUnder(event))}
        onPointerMove={(event) => {
          const cell = cellUnder(event);
          point(cell);
          if (event.buttons === 1) pick(cell);
        }}
        onPointerLeave={() => point(undefined)}
      >
        <Pixels channels={channels} colours={colours} />
        <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          <Frame cells={framed} />
        </svg>
      </div>
      {channels.length === 1 ? (
        <Legend colours={colours} />
      ) : (
        <div class="legend">red, green and blue, 0 to 1 each</div>
      )}
      <output class="readout">{pointed ? `${place(pointed)}: ${value}` : " "}</output>
    </figure>
  );
}

/** A letter of the formulas. */
function Letter({ name }: { readonly name: string }) {
  const [letter, below] = name.split("_");
  return (
    <i>
      {letter}
      {below && <sub>{below}</sub>}
    </i>
  );
}

/** A frame around cells, with each of them shaded. */
function Frame({ cells }: { readonly cells: readonly Cell[] }) {
  const [first] = cells;
  const last = cells.at(-1);
  if (!first || !last) return null;
  return (
    <>
      {cells.map(({ row, column }) => (
        <rect class="tap" key={`${row}-${column}`} x={column} y={row} width="1" height="1" />
      ))}
      <rect
        class="frame"
        x={first.column}
        y={first.row}
        width={last.column - first.column + 1}
        height={last.row - first.row + 1}
      />
    </>
  );
}

const ARROWS: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** One pixel a cell; the style sheet makes squares of them. */
function Pixels({ channels, colours }: Pick<PlateProps, "channels" | "colours">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [first, second, third] = channels;
  const { height = 1, width = 1 } = first ?? {};
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !first) return;
    const pixels = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const [row, column] = [Math.floor(i / width), i % width];
      const value = first.at(row, column);
      const rgb =
        second && third
          ? [value, second.at(row, column), third.at(row, column)].map((share) => 255 * share)
          : colours.rgb(value);
      pixels.data.set([...rgb, 255], 4 * i);
    }
    context.putImageData(pixels, 0, 0);
  }, [first, second, third, colours, width, height]);
  return <canvas ref={canvas} width={width} height={height} />;
}

/** The colours from one end to the other, with the numbers they stand for. */
export function Legend({ colours }: { readonly colours: ColourMap }) {
  const { limit, twoSided } = colours;
  const least = twoSided ? -limit : 0;
  const stops = Array.from({ length: 11 }, (_, i) => colours.colour(least + ((limit - least) * i) / 10));
  return (
    <div class="legend">
      <span>{exact(least)}</span>
      <span class="ramp" style={{ background: `linear-gradient(to right, ${stops.join(", ")})` }} />
      <span>{exact(limit)}</span>
    </div>
  );
}

/** A map without words, for a choice among many. */
export function Thumbnail({ image, colours }: { readonly image: Image; readonly colours: ColourMap }) {
  return (
    <span class="thumbnail">
      <Pixels channels={[image]} colours={colours} />
    </span>
  );
}
