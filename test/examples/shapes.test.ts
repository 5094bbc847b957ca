import { expect, test } from "vitest";
import { makeShapes, SHAPE_NAMES } from "../../examples/kit/shapes.js";

const side = 32;
const { images, shape, labels } = makeShapes(40, { seed: 7, side, noise: 0 });

test("without noise, the ground of a picture has one grey, and each shape differs from it by 0.3 or more", () => {
  expect(shape).toEqual([40, side, side, 1]);
  expect([images.length, labels.length]).toEqual([40 * side * side, 40 * side * side]);
  for (let start = 0; start < images.length; start += side * side) {
    const pixels = [...labels.subarray(start, start + side * side).keys()].map((i) => start + i);
    const greys = (inside: boolean) =>
      new Set(pixels.filter((i) => (labels[i] !== 0) === inside).map((i) => images[i]));
    const [ground = Number.NaN, ...others] = greys(false);
    expect(others).toEqual([]);
    const shapes = [...greys(true)];
    expect(shapes.length).toBeGreaterThanOrEqual(1);
    expect(shapes.length).toBeLessThanOrEqual(3);
    for (const grey of shapes) expect(Math.abs((grey ?? Number.NaN) - ground)).toBeGreaterThan(0.29);
  }
});

test("all classes occur, and none takes most of the shapes' pixels", () => {
  const counts = SHAPE_NAMES.map((_, label) => labels.filter((each) => each === label).length);
  const [ground = 0, ...shapes] = counts;
  const all = labels.length - ground;
  expect(ground).toBeGreaterThan(labels.length / 2);
  for (const count of shapes) {
    expect(count).toBeGreaterThan(0.1 * all);
    expect(count).toBeLessThan(0.6 * all);
  }
});

test("a seed gives the same pictures again, another seed gives others, and noise moves no label", () => {
  const again = makeShapes(40, { seed: 7, side, noise: 0 });
  expect([again.images.join(), again.labels.join()]).toEqual([images.join(), labels.join()]);
  expect(makeShapes(40, { seed: 8, side, noise: 0 }).labels.join()).not.toBe(labels.join());
  const noisy = makeShapes(40, { seed: 7, side, noise: 0.1 });
  expect(noisy.labels.join()).toBe(labels.join());
  const variance =
    noisy.images.reduce((sum, value, i) => sum + (value - (images[i] ?? Number.NaN)) ** 2, 0) / images.length;
  expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
});
