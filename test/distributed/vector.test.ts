import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobError } from "webgpu-cnn";
import { addDifference, ErrorFeedback } from "../../src/distributed/errorFeedback.js";
import { Layout } from "../../src/distributed/layout.js";
import { decodeVector, encodeVector, PRECISIONS, vectorBytes } from "../../src/distributed/vector.js";
import { propertySeed } from "../support/propertySeed.js";
import { expectError, thrownBy } from "../support/refusals.js";

describe("vectors", () => {
  test("of float32 have the bytes of safetensors, little-endian", () => {
    expect([...encodeVector([Float32Array.of(1), Float32Array.of(-2)], "float32")]).toEqual([
      0, 0, 128, 63, 0, 0, 0, 192,
    ]);
  });

  test("of float16 have an exponent and halves, little-endian", () => {
    // 1 becomes 2¹⁴, the half 0x7400.
    expect([...encodeVector([Float32Array.of(1), Float32Array.of(-4)], "float16")]).toEqual([
      14, 0, 0, 0x74, 12, 0, 0, 0xf4,
    ]);
  });

  test.each(PRECISIONS)("come back as %s, also from an odd address", (precision) => {
    const parts = [Float32Array.of(1, 2, 3), new Float32Array(), Float32Array.of(-1e-30)];
    const bytes = encodeVector(parts, precision);
    const sizes = parts.map(({ length }) => length);
    expect(bytes.length).toBe(vectorBytes(sizes, precision));
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    const vector = decodeVector(moved.subarray(1), sizes, precision);
    expect(vector.subarray(0, 3)).toEqual(Float32Array.of(1, 2, 3));
    // Each part has a scale of its own.
    expect(Math.abs((vector[3] ?? 0) / -1e-30 - 1)).toBeLessThanOrEqual(2 ** -11);
  });

  test("of float32 keep all bits, but every NaN becomes the same one", () => {
    const word = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0x7f7fffff, max: 0x7fc00001 }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (bits) => {
        const part = new Float32Array(Uint32Array.from(bits).buffer);
        const back = decodeVector(encodeVector([part], "float32"), [part.length], "float32");
        const expected = bits.map((word, i) => (Number.isNaN(part[i]) ? 0x7fc00000 : word));
        expect([...new Uint32Array(back.buffer)]).toEqual(expected);
        // The caller's values are as they were.
        expect([...new Uint32Array(part.buffer)]).toEqual(bits);
      }),
      { seed: propertySeed("vectors") },
    );
  });

  test.each(PRECISIONS)("of %s are refused before memory is allocated", (precision) => {
    const error = thrownBy(() => decodeVector(new Uint8Array(3), [2 ** 40], precision));
    const expected = precision === "float16" ? 2 ** 41 + 2 : 2 ** 42;
    expectError(error, JobError, `vector: 3 bytes of ${precision}, expected ${expected}`);
  });
});

describe("a layout", () => {
  const layout = new Layout([
    { name: "w", size: 3 },
    { name: "b", size: 1 },
  ]);
  const values = new Map([
    ["b", Float32Array.of(9)],
    ["w", Float32Array.of(1, 2, 3)],
  ]);

  test("joins parts in its own order, and splits them without a copy", () => {
    const vector = layout.join(values);
    expect(vector).toEqual(Float32Array.of(1, 2, 3, 9));
    const split = layout.split(vector);
    expect([...split]).toEqual([
      ["w", Float32Array.of(1, 2, 3)],
      ["b", Float32Array.of(9)],
    ]);
    expect(split.get("b")?.buffer).toBe(vector.buffer);
    expect([layout.sizes, layout.length]).toEqual([[3, 1], 4]);
  });

  test("refuses what does not fit", () => {
    expect(() => layout.join(new Map([["w", Float32Array.of(1)]]))).toThrow("w has 1 values, expected 3");
    expect(() => layout.split(new Float32Array(3))).toThrow("3 values, expected 4");
    expect(() => new Layout(new Array(2).fill({ name: "a", size: 1 }))).toThrow("two parts with one name");
  });
});

describe("error feedback", () => {
  const sizes = [5, 3];
  const start = Float32Array.of(1, 2, 3, 4, 5, 6e-6, 7e-6, 8e-6);
  /** Steps of a training that ends in `wanted`. */
  const step = (values: Float32Array, i: number) =>
    values.map((value, at) => value + Math.fround(0.01 * value * Math.sin(13 * i + at)));

  test("receivers have the published values, bit for bit", () => {
    const sender = new ErrorFeedback(start, sizes);
    const receiver = start.slice();
    let wanted = start;
    for (let i = 0; i < 20; i++) {
      wanted = step(wanted, i);
      addDifference(receiver, sender.publish(wanted), sizes);
      expect(receiver).toEqual(sender.published);
    }
  });

  test("errors do not add up, and what rounding took comes with the next difference", () => {
    const sender = new ErrorFeedback(start, sizes);
    let wanted = start;
    for (let i = 0; i < 200; i++) {
      wanted = step(wanted, i);
      sender.publish(wanted);
    }
    const error = () => Math.max(...wanted.map((value, i) => Math.abs(value / (sender.published[i] ?? 0) - 1)));
    const first = error();
    expect(first).toBeLessThanOrEqual(0.011 * 2 ** -11 + 2 ** -23);
    for (let i = 0; i < 3; i++) sender.publish(wanted);
    expect(sender.published).toEqual(wanted);
    expect(first).toBeGreaterThan(0);
  });

  test("goes on from the published values", () => {
    const one = new ErrorFeedback(start, sizes);
    one.publish(step(start, 1));
    const other = new ErrorFeedback(one.published, sizes);
    const wanted = step(start, 2);
    expect(other.publish(wanted)).toEqual(one.publish(wanted));
    expect(other.published).toEqual(one.published);
  });

  test("refuses what does not fit", () => {
    expect(() => new ErrorFeedback(start, [1])).toThrow("8 values, expected 1");
    expect(() => new ErrorFeedback(start, sizes).publish(new Float32Array(2))).toThrow("2 values, expected 8");
    const error = thrownBy(() => addDifference(start.slice(), new Uint8Array(3), sizes));
    expectError(error, JobError, "vector: 3 bytes of float16, expected 20");
  });
});
