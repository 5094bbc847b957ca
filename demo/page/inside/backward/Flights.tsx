import { useLayoutEffect, useRef } from "preact/hooks";
import type { ColourMap } from "../../../colours.js";
import type { Image } from "../../../images.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import { useMedia } from "../../look/useMedia.js";

/** Numbers on their way from one place of the page to another. */
export interface Flight {
  /** The names of both places, as lines have them. */
  readonly from: string;
  readonly to: string;
  /** Which quarter of the place it goes to, in reading order; all of it if undefined. */
  readonly quarter?: number;
  /** When it starts: after so many others. */
  readonly leg: number;
  readonly image: Image;
  readonly colours: ColourMap;
}

interface FlightsProps {
  /** What is shown. When it changes, all fly once; undefined while it is on its way. */
  readonly of: string | undefined;
  readonly flights: readonly Flight[];
  /** Milliseconds of a leg. */
  readonly leg: number;
}

/** Lets g travel to where it lands. It lies over the page, is never in the way, and leaves nothing behind: what is there is there at once. */
export function Flights({ of, flights, leg }: FlightsProps) {
  const box = useRef<HTMLDivElement>(null);
  const still = useMedia("(prefers-reduced-motion: reduce)");
  useLayoutEffect(() => {
    const sky = box.current;
    if (!sky || still || of === undefined) return;
    const started = flights.flatMap((flight, n) => start(sky, sky.children[n], flight, leg) ?? []);
    sky.dataset["flown"] = String(Number(sky.dataset["flown"] ?? 0) + started.length);
    return () => {
      for (const animation of started) animation.cancel();
    };
  }, [of, still]);
  return (
    <div class="flights" aria-hidden="true" ref={box}>
      {flights.map(({ image, colours }, n) => (
        <span key={n}>
          <MapCanvas channels={[image]} colours={colours} />
        </span>
      ))}
    </div>
  );
}

function start(sky: HTMLElement, element: Element | undefined, flight: Flight, leg: number): Animation | undefined {
  const place = (name: string) => sky.parentElement?.querySelector(`[data-anchor="${name}"]`)?.getBoundingClientRect();
  const [from, whole] = [place(flight.from), place(flight.to)];
  if (!from || !whole || !(element instanceof HTMLElement)) return undefined;
  const to = quarterOf(whole, flight.quarter);
  const origin = sky.getBoundingClientRect();
  Object.assign(element.style, {
    left: `${to.x - origin.x}px`,
    top: `${to.y - origin.y}px`,
    width: `${to.width}px`,
    height: `${to.height}px`,
  });
  const away = `translate(${from.x - to.x}px, ${from.y - to.y}px) scale(${from.width / to.width}, ${from.height / to.height})`;
  return element.animate(
    [
      { transform: away, opacity: 1 },
      { transform: "none", opacity: 1, offset: 0.8 },
      { transform: "none", opacity: 0 },
    ],
    { delay: flight.leg * leg, duration: leg, easing: "ease-in-out" },
  );
}

function quarterOf({ x, y, width, height }: DOMRect, quarter: number | undefined): DOMRect {
  if (quarter === undefined) return new DOMRect(x, y, width, height);
  const [row, column] = [Math.floor(quarter / 2), quarter % 2];
  return new DOMRect(x + (column * width) / 2, y + (row * height) / 2, width / 2, height / 2);
}
