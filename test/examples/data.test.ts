import { expect, test } from "vitest";
import { first, ofClasses } from "../../examples/kit/data.js";

const set = {
  images: Uint8Array.from({ length: 24 }, (_, i) => i),
  shape: [6, 2, 2, 1],
  labels: Uint8Array.of(3, 1, 3, 2, 3, 1),
} as const;

test("the first pictures of a set", () => {
  const { images, shape, labels } = first(set, 2);
  expect([[...images], shape, [...labels]]).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7],
    [2, 2, 2, 1],
    [3, 1],
  ]);
});

test("the pictures of some classes, which are numbered anew, and not too many of each", () => {
  const { images, shape, labels } = ofClasses(set, [3, 1], 2);
  expect([...labels]).toEqual([0, 1, 0, 1]);
  expect(shape).toEqual([4, 2, 2, 1]);
  expect([...images]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20, 21, 22, 23]);
});
