import { blueRed, type ColourMap, type Paper } from "../../../colours.js";
import { channelsOf, type HostTensor, type Image } from "../../../images.js";
import { windowCorner } from "../../network/windows.js";
import type { BlockPlace } from "../place.js";
import { filterImage } from "../values.js";
import type { Flight } from "./Flights.js";
import type { Limits, Trace } from "./trace.js";

interface Stages {
  /** The gradient of the block's last number. */
  readonly g: number;
  /** What the pool makes of it for its window, if there is a pool. */
  readonly back: ArrayLike<number>;
  /** What arrives at the activation, and what goes on from there. */
  readonly arrives: number;
  readonly dz: number;
  /** What that one number alone adds to both gradients. */
  readonly alone: { readonly dx: HostTensor; readonly dw: HostTensor } | undefined;
  readonly limits: Limits;
  readonly colours: ColourMap;
  readonly paper: Paper;
}

/** The way of g: to the numbers of the pool's window that get some of it, through the activation, and to where the filter lies. */
export function journeyOf(at: BlockPlace, trace: Trace, stages: Stages): Flight[] {
  const { g, back, arrives, dz, alone, limits, colours, paper } = stages;
  const flights: Flight[] = [];
  const gate = at.pool ? 1 : 0;
  if (at.block.pool === "max") {
    flights.push({ from: "g-last", to: "g-winner", leg: 0, image: one(g), colours });
  } else if (at.pool) {
    for (const [quarter, value] of Array.from(back).entries()) {
      flights.push({ from: "g-last", to: "g-pool", quarter, leg: 0, image: one(value), colours });
    }
  }
  flights.push({ from: at.pool ? "g-winner" : "g-last", to: "g-gate", leg: gate, image: one(arrives), colours });
  const added = alone && channelsOf(alone.dx, 0)[trace.source];
  // Where the activation lets nothing through, the way ends.
  if (dz === 0 || !alone || !added) return flights;
  const corner = windowCorner(at.block, at.margins, trace.z);
  flights.push(
    {
      from: "g-gate",
      to: "dx-window",
      leg: gate + 1,
      image: partOf(added, corner, at.block.size),
      colours: blueRed(limits.dx, paper),
    },
    {
      from: "g-gate",
      to: "dw-window",
      leg: gate + 1,
      image: filterImage(alone.dw, trace.source, trace.map),
      colours: blueRed(limits.dw, paper),
    },
  );
  return flights;
}

const one = (value: number): Image => ({ height: 1, width: 1, at: () => value });

/** A square of an image. Beyond its edge there are zeros. */
const partOf = (
  { height, width, at }: Image,
  corner: { readonly row: number; readonly column: number },
  size: number,
): Image => ({
  height: size,
  width: size,
  at(row, column) {
    const [y, x] = [corner.row + row, corner.column + column];
    return y >= 0 && x >= 0 && y < height && x < width ? at(y, x) : 0;
  },
});
