import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format } from "../../../docs/.vitepress/live/format.js";
import { sampled } from "../../support/sampling.js";

class Point {
  x = 1;
  label = "a";
}

const VALUES: readonly unknown[] = [
  1,
  -0,
  Number.NaN,
  12n,
  true,
  null,
  undefined,
  [],
  {},
  [1, 2, 3],
  [
    [1, 2],
    [3, [4, [5, [6]]]],
  ],
  new Float32Array([0.5, 1, -2]),
  new Float32Array(150).fill(0.1),
  Uint8Array.from({ length: 28 }, (_, i) => i * i),
  { a: 1, "b-c": "it's", d: { e: { f: { g: 1 } } } },
  new Map([["conv.kernel", [3, 3, 1, 8]]]),
  new Map(),
  new Set([1, "two"]),
  new Point(),
  [new Point(), new Point()],
  { list: Array.from({ length: 30 }, (_, i) => i / 7), name: "x".repeat(60) },
  ["a", "bb", "ccc", "dddd", "eeeee", "ffffff", "ggggggg", "h"],
  Point,
  format,
  Symbol("s"),
  /a+/g,
  new Date(0),
  Object.create(null),
  [undefined, null, "text"],
];

describe("a live block prints as Node does", () => {
  test.each(VALUES.map((value) => ({ value, expected: inspect(value) })))("$expected", ({ value, expected }) => {
    expect(format([value])).toBe(expected);
  });

  test("text is printed as it is, and values stand beside each other", () => {
    expect(format(["loss:", 0.25, "after", [1]])).toBe("loss: 0.25 after [ 1 ]");
  });

  test("an error is its name and its message", () => {
    expect(format([new RangeError("too far")])).toBe("RangeError: too far");
  });

  test("objects that say how they print print so", () => {
    expect(format([{ [Symbol.for("nodejs.util.inspect.custom")]: () => "Tensor(…)" }])).toBe("Tensor(…)");
  });

  test("any numbers, texts, lists and objects", () => {
    const value = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.double(), fc.integer(), fc.string({ unit: fc.constantFrom(..."ab 'x") }), fc.boolean()),
      value: fc.oneof(
        { depthSize: "small" },
        tie("leaf"),
        fc.array(tie("leaf"), { maxLength: 130 }),
        fc.array(tie("value"), { maxLength: 8 }),
        fc.dictionary(fc.constantFrom("a", "bc", "d-e", "long_name"), tie("value")),
        fc.array(fc.double()).map((list) => Float32Array.from(list)),
      ),
    })).value;
    fc.assert(
      fc.property(value, (each) => {
        expect(format([[each]])).toBe(inspect([each]));
      }),
      { numRuns: sampled(1000) },
    );
  });
});
