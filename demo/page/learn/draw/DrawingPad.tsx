import "./draw.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ink } from "../../../colours.js";
import { channelsOf } from "../../../images.js";
import type { RoomProps } from "../../App.js";
import { SIDE, toBase64url } from "../../data/drawing.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import { centred, type Point, rasterize, type Stroke } from "./strokes.js";

const BLANK = toBase64url(new Float32Array(SIDE * SIDE));

/** Points that lie closer to one another, in pixels of the drawing, do not change it. */
const NEAR = 0.3;

/** The picture that is looked at. It is the pad, too: every layer answers while the pen moves. */
export function DrawingPad(props: RoomProps & { readonly label: string; readonly none: boolean }) {
  const { example, settings, change, paper, label, none } = props;
  const [asked, ask] = useState(false);
  // Another example takes the drawing away, and the pen with it.
  const on = asked && settings.drawing !== "" && settings.data !== "own";
  useNoBlankDrawing(props, on);
  const pen = usePen((strokes) => change({ drawing: toBase64url(centred(strokes)) }));
  const colours = useMemo(() => ink(1, paper), [paper]);
  const seen = useMemo(() => channelsOf(example.picture, 0), [example]);
  const drawn = useMemo(
    () => channelsOf({ shape: [1, SIDE, SIDE, 1], values: rasterize(pen.strokes) }, 0),
    [pen.strokes],
  );
  const begin = () => {
    pen.clear();
    ask(true);
    change({ drawing: BLANK, item: 0 });
  };
  return (
    <>
      <div class={`large-picture${on ? " pad" : ""}`} {...(on ? pen.handlers : {})}>
        <MapCanvas
          channels={on ? drawn : none ? [] : seen}
          colours={colours}
          label={on ? "The pad: draw with a finger, a mouse or a pen" : label}
        />
        {on && pen.strokes.length === 0 && <span class="hint">Draw here</span>}
        {none && <span class="hint">Your first picture comes here</span>}
      </div>
      {settings.data !== "own" && (
        <div class="draw-buttons">
          {on ? (
            <>
              <span class="seen">
                <MapCanvas channels={seen} colours={colours} />
              </span>
              <button type="button" disabled={pen.strokes.length === 0} onClick={begin}>
                Clear
              </button>
              <button type="button" onClick={() => ask(false)}>
                Done
              </button>
            </>
          ) : (
            <button type="button" onClick={begin}>
              <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                <path d="M1 15l1-4 9-9 3 3-9 9z" fill="none" stroke="currentColor" stroke-width="1.5" />
              </svg>
              {settings.data === "digits" ? "Draw a digit" : "Draw"}
            </button>
          )}
          {on && (
            <p class="small">
              The small picture is what the network gets: fitted and centred, like all that it learns from.
            </p>
          )}
        </div>
      )}
    </>
  );
}

/** Who has drawn nothing looks at the example again: when the pad is put away, and in every other room. */
function useNoBlankDrawing({ settings, change }: RoomProps, on: boolean): void {
  const blank = useRef(false);
  blank.current = settings.drawing === BLANK;
  const leave = () => {
    if (blank.current) change({ drawing: "" });
  };
  useEffect(() => {
    if (!on) leave();
  }, [on, settings.drawing]);
  useEffect(() => leave, [change]);
}

/** Follows the pointer. `tell` hears of the strokes at most once a frame. */
function usePen(tell: (strokes: readonly Stroke[]) => void) {
  const [strokes, set] = useState<readonly Stroke[]>([]);
  const now = useRef<{ strokes: readonly Stroke[]; pointer: number | undefined; frame: number }>({
    strokes: [],
    pointer: undefined,
    frame: 0,
  });
  useEffect(() => () => cancelAnimationFrame(now.current.frame), []);

  const update = (changed: readonly Stroke[]) => {
    const state = now.current;
    state.strokes = changed;
    if (state.frame !== 0) return;
    state.frame = requestAnimationFrame(() => {
      state.frame = 0;
      set(state.strokes);
      if (state.strokes.length > 0) tell(state.strokes);
    });
  };
  const end = (event: PointerEvent) => {
    if (event.pointerId === now.current.pointer) now.current.pointer = undefined;
  };
  const handlers = {
    onPointerDown(event: PointerEvent) {
      const pad = event.currentTarget;
      if (!(pad instanceof HTMLElement) || now.current.pointer !== undefined || event.button !== 0) return;
      event.preventDefault();
      pad.setPointerCapture(event.pointerId);
      now.current.pointer = event.pointerId;
      update([...now.current.strokes, [pointOn(pad, event)]]);
    },
    onPointerMove(event: PointerEvent) {
      const pad = event.currentTarget;
      if (!(pad instanceof HTMLElement) || event.pointerId !== now.current.pointer) return;
      const last = now.current.strokes.at(-1) ?? [];
      const between = event.getCoalescedEvents?.() ?? [];
      const points = (between.length > 0 ? between : [event]).map((part) => pointOn(pad, part));
      update([...now.current.strokes.slice(0, -1), points.reduce(append, last)]);
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
  const clear = () => {
    now.current.pointer = undefined;
    update([]);
  };
  return { strokes, handlers, clear };
}

function append(stroke: Stroke, point: Point): Stroke {
  const last = stroke.at(-1);
  return last && Math.hypot(point.x - last.x, point.y - last.y) < NEAR ? stroke : [...stroke, point];
}

function pointOn(pad: HTMLElement, { clientX, clientY }: PointerEvent): Point {
  const { left, top, width, height } = pad.getBoundingClientRect();
  return { x: ((clientX - left) / width) * SIDE, y: ((clientY - top) / height) * SIDE };
}
