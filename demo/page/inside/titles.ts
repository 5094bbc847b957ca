import type { Place } from "./place.js";
import type { ViewsProps } from "./Views.js";

interface Title {
  readonly title: string;
  readonly text: string;
}

/** What the shown place is about, in one line and two sentences. */
export function titleOf({ moment: { architecture } }: ViewsProps, { station }: Place): Title {
  const block = architecture.blocks[station.block - 1];
  return {
    title: "A window of the picture becomes one number of the map",
    text: `Each of the ${(block?.size ?? 5) ** 2} numbers under the window is multiplied by the weight in the same place. The products and the bias add up to one number, and the window moves on.`,
  };
}
