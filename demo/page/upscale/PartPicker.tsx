import { useEffect, useRef } from "preact/hooks";
import type { Frame, Size } from "./limits.js";

interface PartPickerProps {
  /** What is shown, small. */
  readonly picture: CanvasImageSource & Size;
  /** The size of what `frame` counts in. */
  readonly whole: Size;
  readonly frame: Frame;
  /** What the frame is, for a screen reader: "The part" */
  readonly name: string;
  onMove(middle: { readonly x: number; readonly y: number }): void;
}

/** Of the small picture, in pixels. */
const LONGER_SIDE = 480;
/** The steps of a slider from one end to the other. */
const STEPS = 20;

/** A small picture with a frame in it. A click or a drag of the mouse moves the frame; a tap does, too; for keys there are two sliders. */
export function PartPicker({ picture, whole, frame, name, onMove }: PartPickerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const by = Math.min(1, LONGER_SIDE / Math.max(picture.width, picture.height));
  const size = { width: Math.round(by * picture.width), height: Math.round(by * picture.height) };
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, size.width, size.height);
  }, [picture, size.width, size.height]);
  const moveTo = (event: PointerEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return;
    const x = ((event.clientX - box.left) / box.width) * whole.width;
    onMove({ x, y: ((event.clientY - box.top) / box.height) * whole.height });
  };
  const share = (length: number, all: number) => `${(100 * length) / all}%`;
  const { left, top, width, height } = frame;
  const [x, y] = [left + width / 2, top + height / 2];
  return (
    <div
      class="part-picker"
      onPointerDown={moveTo}
      onPointerMove={(event) => {
        if (event.pointerType === "mouse" && event.buttons === 1) moveTo(event);
      }}
    >
      <canvas ref={canvas} width={size.width} height={size.height} role="img" aria-label="All of the photo" />
      <div
        class="part-frame"
        style={{
          left: share(left, whole.width),
          top: share(top, whole.height),
          width: share(width, whole.width),
          height: share(height, whole.height),
        }}
      />
      <FrameSlider
        name={`${name}: from left to right`}
        value={left}
        free={whole.width - width}
        onChange={(value) => onMove({ x: value + width / 2, y })}
      />
      <FrameSlider
        name={`${name}: from top to bottom`}
        value={top}
        free={whole.height - height}
        onChange={(value) => onMove({ x, y: value + height / 2 })}
      />
    </div>
  );
}

interface FrameSliderProps {
  readonly name: string;
  readonly value: number;
  /** How far the frame can go. */
  readonly free: number;
  onChange(value: number): void;
}

function FrameSlider({ name, value, free, onChange }: FrameSliderProps) {
  return (
    <input
      type="range"
      class="unseen"
      aria-label={name}
      min={0}
      max={free}
      step={Math.max(1, Math.floor(free / STEPS))}
      disabled={free === 0}
      value={value}
      onInput={({ currentTarget }) => onChange(Number(currentTarget.value))}
    />
  );
}
