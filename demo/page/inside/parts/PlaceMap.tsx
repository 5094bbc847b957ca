import type { ColourMap } from "../../../colours.js";
import type { Image } from "../../../images.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import type { Cell } from "../../settings/settings.js";

/** A rectangle of cells. It may begin in the padding. */
export interface Frame extends Cell {
  readonly rows: number;
  readonly columns: number;
  /** Its name for the lines that end at it. */
  readonly anchor?: string | undefined;
  /** A thin frame: where a pointer is. */
  readonly thin?: boolean | undefined;
}

interface PlaceMapProps {
  /** Such as "map z 1 of 6". */
  readonly name: string;
  readonly channels: readonly Image[];
  readonly colours: ColourMap;
  /** Pixels of the page for each number: a whole number. */
  readonly scale: number;
  /** Zeros that are drawn all round. */
  readonly pad?: number | undefined;
  readonly frames?: readonly Frame[] | undefined;
  onPick?: ((cell: Cell) => void) | undefined;
  onPoint?: ((cell: Cell | undefined) => void) | undefined;
}

/** A map on which places are framed and chosen. */
export function PlaceMap(props: PlaceMapProps) {
  const { name, channels, colours, scale, pad = 0, frames = [], onPick, onPoint } = props;
  const { height = 1, width = 1 } = channels[0] ?? {};
  const style = { width: `${(width + 2 * pad) * scale}px`, height: `${(height + 2 * pad) * scale}px` };
  const inner = {
    left: `${pad * scale}px`,
    top: `${pad * scale}px`,
    width: `${width * scale}px`,
    height: `${height * scale}px`,
  };
  const content = (
    <>
      <span class={pad > 0 ? "pixels padded" : "pixels"} style={inner}>
        <MapCanvas channels={channels} colours={colours} />
      </span>
      {frames.map((frame) => (
        <span
          key={`${frame.anchor} ${frame.thin}`}
          class={frame.thin ? "frame thin" : "frame"}
          data-anchor={frame.anchor}
          style={{
            left: `${(frame.column + pad) * scale}px`,
            top: `${(frame.row + pad) * scale}px`,
            width: `${frame.columns * scale}px`,
            height: `${frame.rows * scale}px`,
          }}
        />
      ))}
    </>
  );
  const cellUnder = (event: MouseEvent, element: HTMLElement): Cell => {
    const box = element.getBoundingClientRect();
    return {
      row: Math.floor((event.clientY - box.top) / scale) - pad,
      column: Math.floor((event.clientX - box.left) / scale) - pad,
    };
  };
  if (!onPick) {
    return (
      <span
        class="place"
        role="img"
        aria-label={name}
        style={style}
        onPointerMove={(event) => onPoint?.(cellUnder(event, event.currentTarget))}
        onPointerLeave={() => onPoint?.(undefined)}
      >
        {content}
      </span>
    );
  }
  return (
    <button
      type="button"
      class="place"
      aria-label={`${name}: the arrow keys choose a cell`}
      style={style}
      onClick={(event) => {
        // A click of the keyboard has no place.
        if (event.detail > 0) onPick(cellUnder(event, event.currentTarget));
      }}
      onPointerMove={(event) => {
        if (event.pointerType === "mouse") onPoint?.(cellUnder(event, event.currentTarget));
      }}
      onPointerLeave={() => onPoint?.(undefined)}
    >
      {content}
    </button>
  );
}
