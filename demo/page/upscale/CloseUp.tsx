import { useEffect, useRef } from "preact/hooks";
import type { Settings } from "../settings/settings.js";
import type { Size } from "./limits.js";

interface CloseUpProps {
  readonly input: CanvasImageSource & Size;
  readonly output: HTMLCanvasElement;
  readonly scale: Settings["scale"];
  /** The middle of what is shown, in pixels of the result. */
  readonly middle: { readonly x: number; readonly y: number };
}

/** Pixels of the result along each side. The style sheet makes squares of 7 × 7 of them. */
const SIDE = 36;

/** The same place of both pictures, pixel by pixel. */
export function CloseUps({ input, output, scale, middle }: CloseUpProps) {
  const within = (value: number, all: number) => Math.round(Math.max(0, Math.min(all - SIDE, value - SIDE / 2)));
  const [left, top] = [within(middle.x, output.width), within(middle.y, output.height)];
  return (
    <>
      <CloseUp name="Plain scaling" picture={input} left={left / scale} top={top / scale} side={SIDE / scale} />
      <CloseUp name="ESRGAN" picture={output} left={left} top={top} side={SIDE} />
    </>
  );
}

interface PlaceProps {
  readonly name: string;
  readonly picture: CanvasImageSource;
  /** In pixels of this picture. */
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

function CloseUp({ name, picture, left, top, side }: PlaceProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, SIDE, SIDE);
    context.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  }, [picture, left, top, side]);
  return (
    <figure>
      <figcaption>{name}</figcaption>
      <canvas ref={canvas} width={SIDE} height={SIDE} role="img" aria-label={`${name}: pixels under the pointer`} />
    </figure>
  );
}
