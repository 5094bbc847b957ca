/** A drawing as MNIST has its digits: soft strokes, fitted into a square of 20, their centre of mass in the middle of 28 × 28. */
import { SIDE } from "../../data/drawing.js";

/** In pixels of the drawing. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What the pen left from where it was set down to where it was lifted. */
export type Stroke = readonly Point[];

const MIDDLE = SIDE / 2;
/** MNIST's digits fit into a square of 20. */
const FITTED = 20;
/** Half the width of a stroke, and how far it fades. With it, a stroke has as much ink across as MNIST's, some two pixels and a half. */
const RADIUS = 1.1;
const FADE = 1.2;
/** A dot is not blown up to the size of a digit. */
const LARGEST_SCALE = 2.5;

/** The strokes where they were drawn, 28 × 28 from 0 to 1. */
export function rasterize(strokes: readonly Stroke[]): Float32Array {
  const pixels = new Float32Array(SIDE * SIDE);
  for (const stroke of strokes) {
    for (const [i, to] of stroke.entries()) {
      if (stroke.length > 1 && i === 0) continue;
      draw(pixels, stroke[i - 1] ?? to, to);
    }
  }
  return pixels;
}

/** The strokes as a network that learned from MNIST expects them. */
export function centred(strokes: readonly Stroke[]): Float32Array {
  const points = strokes.flat();
  if (points.length === 0) return new Float32Array(SIDE * SIDE);
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const scale = Math.min(LARGEST_SCALE, (FITTED - 2 * RADIUS) / Math.max(width, height, 1));
  const fitted = move(strokes, ({ x, y }) => ({
    x: MIDDLE + (x - left - width / 2) * scale,
    y: MIDDLE + (y - top - height / 2) * scale,
  }));
  const mass = centreOfMass(rasterize(fitted));
  return rasterize(move(fitted, ({ x, y }) => ({ x: x + MIDDLE - mass.x, y: y + MIDDLE - mass.y })));
}

/** Of the ink, in pixels. */
export function centreOfMass(pixels: Float32Array): Point {
  let [sum, x, y] = [0, 0, 0];
  for (const [i, ink] of pixels.entries()) {
    sum += ink;
    x += ink * ((i % SIDE) + 0.5);
    y += ink * (Math.floor(i / SIDE) + 0.5);
  }
  return sum > 0 ? { x: x / sum, y: y / sum } : { x: MIDDLE, y: MIDDLE };
}

function move(strokes: readonly Stroke[], to: (point: Point) => Point): Stroke[] {
  return strokes.map((stroke) => stroke.map(to));
}

/** Draws a line. Where lines overlap, the darker one shows: ink does not add up. */
function draw(pixels: Float32Array, from: Point, to: Point): void {
  const reach = RADIUS + FADE;
  const [firstRow, lastRow] = span(from.y, to.y, reach);
  const [firstColumn, lastColumn] = span(from.x, to.x, reach);
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const distance = distanceToLine({ x: column + 0.5, y: row + 0.5 }, from, to);
      const ink = Math.min(1, Math.max(0, (RADIUS + FADE / 2 - distance) / FADE));
      const i = row * SIDE + column;
      pixels[i] = Math.max(pixels[i] ?? 0, ink);
    }
  }
}

function span(a: number, b: number, reach: number): readonly [number, number] {
  return [Math.max(0, Math.floor(Math.min(a, b) - reach)), Math.min(SIDE - 1, Math.floor(Math.max(a, b) + reach))];
}

function distanceToLine({ x, y }: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length > 0 ? Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length)) : 0;
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}
