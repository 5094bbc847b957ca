import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Paper } from "../../../colours.js";
import type { HostTensor } from "../../../images.js";
import type { Group, Strip } from "./geometry.js";
import { paint, paletteOf, type Scale, sheetFor } from "./paint.js";
import type { Matrix } from "./values.js";

interface StripViewProps {
  readonly strip: Strip;
  readonly tensor: HostTensor | undefined;
  readonly matrix: (map: number, source: number) => Matrix;
  readonly scale: Scale;
  readonly limit: number;
  readonly paper: Paper;
  readonly grain: number;
  /** Of all its buttons, and of each. */
  readonly label: string;
  readonly nameOf: (map: number) => string;
  /** The map that Inside shows, if it is one of these. */
  readonly chosen: number | undefined;
  readonly onLight: (map: number | undefined) => void;
  readonly onOpen: (map: number, source: number) => void;
}

/** A column or row of maps: one canvas, and a button over each map. */
export function StripView(props: StripViewProps) {
  const { strip, label } = props;
  const { groups, role } = strip;
  return (
    <>
      <StripCanvas {...props} />
      {role !== "start" && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
        <div role="group" aria-label={label} class="strip">
          <MapButtons {...props} key={groups.length} />
        </div>
      )}
    </>
  );
}

function StripCanvas({ strip, tensor, matrix, scale, limit, paper, grain, label }: StripViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { x, y, width, height } = strip.rect;
  const palette = paletteOf(scale, paper);
  const empty = tensor === undefined;
  const sheet = useMemo(() => sheetFor(strip, palette, grain), [strip, palette, grain, empty]);
  // Before the browser draws: a canvas of a new size is empty.
  useLayoutEffect(() => {
    if (tensor) paint(sheet, tensor, matrix, limit);
    canvas.current?.getContext("2d")?.putImageData(sheet.image, 0, 0);
  }, [sheet, tensor, matrix, limit]);
  return (
    <canvas
      ref={canvas}
      {...(strip.role === "start" ? { role: "img", "aria-label": label } : { "aria-hidden": "true" })}
      data-strip={strip.key}
      width={sheet.image.width}
      height={sheet.image.height}
      style={{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` }}
    />
  );
}

/** One stop of the Tab key; the arrow keys go from map to map. */
function MapButtons({ strip, nameOf, chosen, onLight, onOpen }: StripViewProps) {
  const { groups } = strip;
  const [current, go] = useState(chosen ?? 0);
  const move = (event: KeyboardEvent & { readonly currentTarget: HTMLButtonElement }, map: number) => {
    const to = { ArrowUp: map - 1, ArrowLeft: map - 1, ArrowDown: map + 1, ArrowRight: map + 1 }[event.key];
    if (to === undefined || to < 0 || to >= groups.length) return;
    event.preventDefault();
    go(to);
    event.currentTarget.parentElement?.querySelector<HTMLButtonElement>(`[data-map="${to}"]`)?.focus();
  };
  return groups.map((group) => (
    <button
      key={group.map}
      type="button"
      data-map={group.map}
      tabIndex={group.map === current ? 0 : -1}
      aria-label={nameOf(group.map)}
      aria-current={group.map === chosen ? "true" : undefined}
      style={styleOf(group)}
      onClick={({ offsetX, offsetY, detail }) => onOpen(group.map, detail > 0 ? sourceAt(group, offsetX, offsetY) : 0)}
      onKeyDown={(event) => move(event, group.map)}
      onFocus={() => onLight(group.map)}
      onBlur={() => onLight(undefined)}
      onPointerEnter={() => onLight(group.map)}
      onPointerLeave={() => onLight(undefined)}
    />
  ));
}

const styleOf = ({ box }: Group) => ({
  left: `${box.x}px`,
  top: `${box.y}px`,
  width: `${box.width}px`,
  height: `${box.height}px`,
});

/** The map that the kernel at this place reads. */
function sourceAt({ tiles, box }: Group, x: number, y: number): number {
  const found = tiles.findLast((tile) => tile.x - box.x <= x && tile.y - box.y <= y);
  return tiles.length > 1 ? (found?.source ?? 0) : 0;
}
