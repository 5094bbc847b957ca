import type { ColourMap } from "../../colours.js";
import { exact } from "./words.js";

const STOPS = 11;

/** The colours from one end to the other, with the numbers that they stand for. */
export function Legend({ colours }: { readonly colours: ColourMap }) {
  const { limit, twoSided } = colours;
  const least = twoSided ? -limit : 0;
  const stops = Array.from({ length: STOPS }, (_, i) => colours.colour(least + ((limit - least) * i) / (STOPS - 1)));
  return (
    <span class="legend">
      <span>{exact(least)}</span>
      <span class="ramp" style={{ background: `linear-gradient(to right, ${stops.join(", ")})` }} />
      <span>{exact(limit)}</span>
    </span>
  );
}
