import type { ColourMap } from "../../colours.js";
import { exact } from "./words.js";

const STOPS = 11;

interface LegendProps {
  readonly colours: ColourMap;
  format?: (value: number) => string;
}

/** The colours from one end to the other, with the numbers that they stand for. */
export function Legend({ colours, format = exact }: LegendProps) {
  const { limit, twoSided } = colours;
  const least = twoSided ? -limit : 0;
  const stops = Array.from({ length: STOPS }, (_, i) => colours.colour(least + ((limit - least) * i) / (STOPS - 1)));
  return (
    <span class="legend">
      <span>{format(least)}</span>
      <span class="ramp" style={{ background: `linear-gradient(to right, ${stops.join(", ")})` }} />
      <span>{format(limit)}</span>
    </span>
  );
}
