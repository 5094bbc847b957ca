import { useLayoutEffect, useRef } from "preact/hooks";
import type { ColourMap } from "../../colours.js";
import type { Image } from "../../images.js";

interface MapCanvasProps {
  /** One channel, in the colours; or red, green and blue as they are. */
  readonly channels: readonly Image[];
  readonly colours: ColourMap;
  /** What a screen reader says. Without it, the words beside the map say all. */
  readonly label?: string | undefined;
}

/** Numbers as a picture: one pixel each. The style sheet makes squares of them. */
export function MapCanvas({ channels, colours, label }: MapCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [first] = channels;
  const { height = 1, width = 1 } = first ?? {};
  // Before the browser draws: a canvas of a new size is empty.
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !first) return;
    context.putImageData(paint(context.createImageData(width, height), channels, colours), 0, 0);
  }, [channels, first, colours, width, height]);
  return (
    <canvas
      ref={canvas}
      class="map"
      width={width}
      height={height}
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" })}
    />
  );
}

function paint(pixels: ImageData, channels: readonly Image[], colours: ColourMap): ImageData {
  const [first, second, third] = channels;
  const { width, height, data } = pixels;
  for (let i = 0; i < width * height; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    const value = first?.at(row, column) ?? 0;
    const rgb =
      second && third
        ? [value, second.at(row, column), third.at(row, column)].map((share) => 255 * share)
        : colours.rgb(value);
    data.set([...rgb, 255], 4 * i);
  }
  return pixels;
}
