/** Which lines run from map to map. */
import type { Strip } from "./geometry.js";

/** A map or a row of kernels: in block `block`, the dense layer being the one after the last. */
export interface Spot {
  readonly block: number;
  readonly map: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Wire {
  readonly path: string;
  /** Undefined for the picture. */
  readonly from: Spot | undefined;
  readonly to: Spot;
}

/** Between a line's end and what it leads to. */
const SPACE = 3;

/** The lines of columns that stand in the order of the network, from the picture to the predictions. */
export function wiresOf(strips: readonly Strip[], picture: Point, predictionX: number, dense: number): readonly Wire[] {
  const wires: Wire[] = [];
  const blockOf = ({ station }: Strip) => station.block || dense;
  for (const [i, strip] of strips.entries()) {
    const before = strips[i - 1];
    const block = blockOf(strip);
    // The kernels before the first step end the picture's lines; from them to the kernels of now there is none.
    if (before?.role === "start") continue;
    for (const { map, box } of strip.groups) {
      const end = { x: box.x - SPACE, y: middle(box) };
      const to = { block, map };
      if (!before) {
        wires.push({ from: undefined, to, path: curve(picture, end) });
      } else if (blockOf(before) === block) {
        const source = before.groups[map]?.box;
        if (source)
          wires.push({ from: to, to, path: line({ x: source.x + source.width + SPACE, y: middle(source) }, end) });
      } else {
        for (const source of before.groups) {
          const start = { x: source.box.x + source.box.width + SPACE, y: middle(source.box) };
          wires.push({ from: { block: blockOf(before), map: source.map }, to, path: curve(start, end) });
        }
      }
      if (block === dense) {
        const start = { x: box.x + box.width + SPACE, y: middle(box) };
        wires.push({ from: to, to, path: line(start, { x: predictionX - SPACE, y: middle(box) }) });
      }
    }
  }
  return wires;
}

/** The wires that lead to a spot and away from it. */
export function wiresAt(wires: readonly Wire[], { block, map }: Spot): Wire[] {
  const is = (spot: Spot | undefined) => spot?.block === block && spot.map === map;
  return wires.filter(({ from, to }) => is(from) || is(to));
}

const middle = ({ y, height }: { readonly y: number; readonly height: number }) => Math.floor(y + height / 2) + 0.5;

const line = (from: Point, to: Point) => `M${from.x} ${from.y}L${to.x} ${to.y}`;

function curve(from: Point, to: Point): string {
  const half = (from.x + to.x) / 2;
  return `M${from.x} ${from.y}C${half} ${from.y} ${half} ${to.y} ${to.x} ${to.y}`;
}
