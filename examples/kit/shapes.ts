import type { ColourMap, Rgb } from "../../demo/colours.js";
import { mulberry32, normalNumbers } from "../../demo/random.js";

/** What a pixel can show, by the number of its class. */
export const SHAPE_NAMES = ["background", "circle", "square", "triangle"] as const;

/** Pictures [N, side, side, 1] with values around 0 to 1, and the class of each of their pixels. */
export interface ShapePictures {
  readonly images: Float32Array;
  readonly shape: readonly [count: number, height: number, width: number, channels: 1];
  readonly labels: Uint8Array;
}

/** Whether a point is inside of a shape of radius 1 around the origin. */
const INSIDE: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => x * x + y * y < 1,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.85,
  (x, y) => y < 0.7 && y > 1.7 * Math.abs(x) - 1,
];

/**
 * Draws pictures of one to three grey shapes on a grey ground, each turned by some angle, with noise. A later shape covers an earlier one. The
 * same seed gives the same pictures.
 */
export function makeShapes(
  count: number,
  { seed, side = 32, noise = 0.1 }: { seed: number; side?: number; noise?: number },
): ShapePictures {
  const uniform = mulberry32(seed);
  const normal = normalNumbers(uniform);
  const between = (from: number, to: number) => from + (to - from) * uniform();
  const images = new Float32Array(count * side * side);
  const labels = new Uint8Array(images.length);
  for (let start = 0; start < images.length; start += side * side) {
    const ground = between(0, 1);
    images.fill(ground, start, start + side * side);
    for (let left = Math.floor(between(1, 4)); left > 0; left--) {
      const kind = Math.floor(between(0, INSIDE.length));
      const radius = between(0.18, 0.3) * side;
      const [centreX, centreY] = [between(radius, side - radius), between(radius, side - radius)];
      const angle = between(0, 2 * Math.PI);
      const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
      const grey = (ground + between(0.3, 0.7)) % 1;
      for (let i = 0; i < side * side; i++) {
        const [x, y] = [(i % side) + 0.5 - centreX, Math.floor(i / side) + 0.5 - centreY];
        if (!INSIDE[kind]?.(x * cos + y * sin, y * cos - x * sin)) continue;
        images[start + i] = grey;
        labels[start + i] = kind + 1;
      }
    }
  }
  return { images: images.map((value) => value + noise * normal()), shape: [count, side, side, 1], labels };
}

const COLOURS: readonly Rgb[] = [
  [232, 234, 238],
  [33, 102, 172],
  [217, 119, 10],
  [60, 156, 151],
];

/** A colour for each class. */
export const SHAPE_COLOURS: ColourMap = {
  limit: SHAPE_NAMES.length - 1,
  twoSided: false,
  rgb: (label) => COLOURS[label] ?? [255, 255, 255],
  colour: (label) => `rgb(${SHAPE_COLOURS.rgb(label).join(", ")})`,
};
