import { useEffect, useRef } from "preact/hooks";
import { SIDE } from "../../data/drawing.js";
import { OWN_CHANNELS } from "../../own/useOwnPictures.js";

/** A picture of the visitor's own, small. */
export function Thumbnail({ bytes }: { readonly bytes: Uint8Array }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      image.data.set([...bytes.subarray(i * OWN_CHANNELS, (i + 1) * OWN_CHANNELS), 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }, [bytes]);
  return <canvas ref={canvas} class="map" width={SIDE} height={SIDE} />;
}
