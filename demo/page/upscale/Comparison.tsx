import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Settings } from "../settings/settings.js";
import { CloseUps } from "./CloseUp.js";
import { placeOfMostDetail } from "./detail.js";
import { type Frame, partAround, type Size } from "./limits.js";
import { PartPicker } from "./PartPicker.js";

interface ComparisonProps {
  /** What is enlarged. */
  readonly input: CanvasImageSource & Size;
  readonly scale: Settings["scale"];
  /** The enlarged picture, transparent where nothing is done. */
  readonly output: HTMLCanvasElement | undefined;
  /** From 0 to 1. Only a picture that is done is compared. */
  readonly progress: number;
  readonly label: string;
}

/** How large a pixel of the result is on the screen; 0: the whole picture is seen. */
const ZOOMS = [0, 1, 2, 4] as const;
/** The width of a close-up, and of what is between. */
const LEAST_BESIDE = 284;
/** A small picture is not shown larger than this, or it is nothing but blur. */
const MOST_FACTOR = 4;

/** Plain scaling on the left of a line, the network's on its right. The line is a slider. */
export function Comparison({ input, scale, output, progress, label }: ComparisonProps) {
  const box = useRef<HTMLDivElement>(null);
  const room = useRoom(box);
  const [share, divide] = useState(50);
  const [zoom, enlarge] = useState<(typeof ZOOMS)[number]>(0);
  const [pointed, point] = useState<{ readonly x: number; readonly y: number }>();
  const [middle, move] = useState<{ readonly x: number; readonly y: number }>();
  const detail = useMemo(() => placeOfMostDetail(input), [input]);
  const whole = { width: scale * input.width, height: scale * input.height };
  const fit = Math.min(room.width / whole.width, room.height / whole.height);
  const zooms = ZOOMS.filter((known) => known === 0 || known > fit);
  const factor = zoom > fit ? zoom : Math.min(fit, MOST_FACTOR);
  const view = viewOf(whole, room, factor, middle ?? { x: whole.width / 2, y: whole.height / 2 });
  const shown = { width: Math.round(factor * view.width), height: Math.round(factor * view.height) };
  const done = output !== undefined && progress === 1;
  const partly = view.width < whole.width || view.height < whole.height;
  const beside = done && room.width - shown.width >= LEAST_BESIDE;
  const follow = (event: PointerEvent & { readonly currentTarget: Element }) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    point({ x: view.left + (event.clientX - left) / factor, y: view.top + (event.clientY - top) / factor });
  };
  return (
    <div class={beside ? "comparison beside" : "comparison"} ref={box} style={{ "--share": `${done ? share : 0}%` }}>
      <div
        class="stage"
        style={{ width: `${shown.width}px`, height: `${shown.height}px` }}
        {...(beside ? { onPointerMove: follow } : {})}
      >
        <Layer
          class={output && !done ? "plain waiting" : "plain"}
          picture={input}
          view={view}
          by={1 / scale}
          shown={shown}
          version={0}
          label={label}
        />
        {output && <Layer class="enlarged" picture={output} view={view} by={1} shown={shown} version={progress} />}
        {done && (
          <>
            <span class="side" aria-hidden="true">
              Plain scaling
            </span>
            <span class="side right" aria-hidden="true">
              ESRGAN
            </span>
            <span class="divider" aria-hidden="true" />
            <input
              type="range"
              class="divide"
              aria-label="Compare: plain scaling left of the line, ESRGAN right of it"
              aria-valuetext={`The line is at ${Math.round(share)} % of the width`}
              min={0}
              max={100}
              step={0.5}
              value={share}
              onInput={({ currentTarget }) => divide(Number(currentTarget.value))}
              onKeyDown={(event) => {
                // Half a per cent a key is fine for a pointer, and slow for keys.
                const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5 }[event.key];
                if (step === undefined) return;
                event.preventDefault();
                divide(Math.min(100, Math.max(0, share + step)));
              }}
            />
          </>
        )}
      </div>
      {done && (
        <div class="look-closer">
          {beside && (
            <CloseUps
              input={input}
              output={output}
              scale={scale}
              middle={pointed ?? { x: detail.x * whole.width, y: detail.y * whole.height }}
            />
          )}
          {zooms.length > 1 && (
            <label class="field">
              <span>View</span>
              <select
                value={zoom}
                onChange={({ currentTarget }) => {
                  enlarge(ZOOMS.find((known) => String(known) === currentTarget.value) ?? 0);
                }}
              >
                {zooms.map((known) => (
                  <option key={known} value={known}>
                    {known === 0 ? "the whole picture" : known === 1 ? "pixel for pixel" : `${known} times as large`}
                  </option>
                ))}
              </select>
            </label>
          )}
          {partly && <PartPicker picture={input} whole={whole} frame={view} name="The view" onMove={move} />}
        </div>
      )}
    </div>
  );
}

function viewOf(whole: Size, room: Size, factor: number, { x, y }: { readonly x: number; readonly y: number }): Frame {
  const width = Math.min(whole.width, Math.floor(room.width / factor));
  const height = Math.min(whole.height, Math.floor(room.height / factor));
  const { left } = partAround(whole, width, { x, y });
  const top = Math.round(Math.min(whole.height - height, Math.max(0, y - height / 2)));
  return { left, top, width, height };
}

interface LayerProps {
  readonly class: string;
  readonly picture: CanvasImageSource;
  /** In pixels of the result, … */
  readonly view: Frame;
  /** … of which each is so many of the picture's. */
  readonly by: number;
  readonly shown: Size;
  /** Grows when the picture changes in place. */
  readonly version: number;
  readonly label?: string;
}

function Layer({ class: name, picture, view, by, shown, version, label }: LayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { left, top, width, height } = view;
  const density = globalThis.devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(density * shown.width), Math.round(density * shown.height)];
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, pixelWidth, pixelHeight);
    context.drawImage(picture, by * left, by * top, by * width, by * height, 0, 0, pixelWidth, pixelHeight);
  }, [picture, left, top, width, height, by, pixelWidth, pixelHeight, version]);
  return (
    <canvas
      ref={canvas}
      class={name}
      width={pixelWidth}
      height={pixelHeight}
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" })}
    />
  );
}

/** What the title and the controls leave of the window's height. */
const ABOVE = 300;
const LEAST_HEIGHT = 240;
const MOST_HEIGHT = 800;

/** How large a picture may be shown. */
function useRoom(box: { readonly current: HTMLElement | null }): Size {
  const [room, set] = useState<Size>({ width: 320, height: LEAST_HEIGHT });
  useEffect(() => {
    const measure = () => {
      const width = Math.floor(box.current?.clientWidth ?? 0);
      const height = Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, innerHeight - ABOVE));
      if (width > 0) set((last) => (last.width === width && last.height === height ? last : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    addEventListener("resize", measure);
    return () => {
      observer.disconnect();
      removeEventListener("resize", measure);
    };
  }, [box]);
  return room;
}
