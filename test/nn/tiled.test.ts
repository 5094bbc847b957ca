import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBackend, OptionError, ShapeError } from "webgpu-cnn";
import { Conv2D, Flatten, input, MaxPooling2D, Model, Sequential, tiled, UpSampling2D } from "webgpu-cnn/nn";
import { spansOf } from "../../src/nn/tiles/windows.js";
import { describeOnEachBackend } from "../support/backends.js";
import { randomValues } from "../support/random.js";
import { wrong } from "../support/refusals.js";

/** Convolutions that look 3 pixels far, and twice the size. */
const upscaler = () =>
  new Sequential([
    new Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }),
    new Conv2D({ filters: 4, kernelSize: 5, padding: "same" }),
    new UpSampling2D({ size: 2 }),
    new Conv2D({ filters: 2, kernelSize: 1 }),
  ]);

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

describeOnEachBackend("tiles", (backend) => {
  test("give the result of the whole image, if they overlap as far as the network looks", async () => {
    const model = upscaler().build(backend(), { inputShape: [null, null, 3], seed: 1 });
    const before = backend().memory().tensors;
    const [height, width] = [23, 31];
    const data = randomValues(height * width * 3, 1);
    const x = backend().tensor(data, [1, height, width, 3]);
    const y = model.predict(x);
    const whole = await y.read();
    const upscale = tiled(model, { tile: 12, overlap: 3 });
    const reports: unknown[] = [];
    const run = upscale.predict({ data, shape: [height, width, 3] });
    const filled = new Float32Array(2 * height * 2 * width);
    for await (const { done, total, filled: part, image } of run) {
      reports.push({ done, total });
      for (let row = part.top; row < part.top + part.height; row++) {
        for (let column = part.left; column < part.left + part.width; column++) {
          const pixel = row * 2 * width + column;
          filled[pixel] = (filled[pixel] ?? 0) + (image.data[2 * pixel] ?? Number.NaN);
        }
      }
    }
    const result = await run;
    // Each part was there when it was reported, and no pixel twice.
    expect(filled).toEqual(result.data.filter((_, i) => i % 2 === 0));
    expect(result.shape).toEqual([2 * height, 2 * width, 2]);
    expect(largest(result.data, whole)).toBeLessThan(1e-5);
    expect(reports).toEqual(Array.from({ length: 15 }, (_, i) => ({ done: i + 1, total: 15 })));
    expect(await run).toBe(result);
    const alone = await upscale.predict(x);
    expect([alone.shape, alone.data]).toEqual([[1, 2 * height, 2 * width, 2], result.data]);
    for (const tensor of [x, y]) tensor.dispose();
    expect(backend().memory().tensors).toBe(before);
    model.dispose();
  });
});

describe("tiles", () => {
  const opened = createBackend({ kind: "cpu" });

  test("keep each pixel once, with its surroundings", () => {
    const lengths = fc.record({
      length: fc.integer({ min: 1, max: 300 }),
      overlap: fc.integer({ min: 0, max: 20 }),
      multiple: fc.integer({ min: 1, max: 8 }),
      more: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(lengths, ({ length, overlap, multiple, more }) => {
        const tile = 2 * overlap + multiple + more;
        let end = 0;
        for (const { start, size, keepStart, keepEnd } of spansOf(length, tile, overlap, multiple)) {
          expect(keepStart).toBe(end);
          expect(keepEnd).toBeGreaterThan(keepStart);
          expect(start % multiple).toBe(0);
          expect(size).toBeLessThanOrEqual(tile);
          expect(start + size).toBeLessThanOrEqual(length);
          if (start > 0) expect(keepStart - start).toBeGreaterThanOrEqual(overlap);
          if (start + size < length) expect(start + size - keepEnd).toBeGreaterThanOrEqual(overlap);
          end = keepEnd;
        }
        expect(end).toBe(length);
      }),
    );
  });

  test("of a network that pools begin at multiples of its strides", async () => {
    const backend = await opened;
    const model = new Sequential([
      new Conv2D({ filters: 2, kernelSize: 3, padding: "same" }),
      new MaxPooling2D({ padding: "same" }),
      new UpSampling2D(),
    ]).build(backend, { inputShape: [null, null, 1] });
    const [height, width] = [22, 30];
    const data = randomValues(height * width, 1);
    const x = backend.tensor(data, [1, height, width, 1]);
    const y = model.predict(x);
    const whole = await y.read();
    const { data: parts } = await tiled(model, { tile: 12, overlap: 2, multipleOf: 2 }).predict({
      data,
      shape: [height, width, 1],
    });
    expect(largest(parts, whole)).toBeLessThan(1e-5);
    for (const each of [x, y, model]) each.dispose();
  });

  test("become bytes, and stop by a signal", async () => {
    const backend = await opened;
    const model = new Sequential([new UpSampling2D()]).build(backend, { inputShape: [null, null, 1] });
    const image = { data: [-3, 1.4, 1.6, 300], shape: [2, 2, 1] };
    const tiles = tiled(model, { tile: 1, overlap: 0 });
    const { data } = await tiles.predict(image, { output: "uint8" });
    expect(data).toEqual(Uint8ClampedArray.of(0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 255, 255, 2, 2, 255, 255));
    const stop = new AbortController();
    const run = tiles.predict(image, { signal: stop.signal });
    for await (const { done } of run) if (done === 2) break;
    stop.abort(new Error("stopped"));
    await expect(run).rejects.toThrow("stopped");
    await expect(run).rejects.toThrow("stopped");
    model.dispose();
  });

  test("wrong arguments are refused", async () => {
    const backend = await opened;
    const model = upscaler().build(backend, { inputShape: [null, null, 3] });
    expect(() => tiled(wrong({}), { tile: 8 })).toThrow(OptionError);
    expect(() => tiled(upscaler(), { tile: 64 })).toThrow("build the model first");
    expect(() => tiled(model, { tile: 32 })).toThrow("tile is 32, expected at least 2 · overlap + multipleOf = 33");
    expect(() => tiled(model, wrong({ tiles: 8 }))).toThrow("did you mean tile?");
    const tiles = tiled(model, { tile: 8, overlap: 3 });
    await expect(tiles.predict(wrong("x"))).rejects.toThrow('image is "x", expected a tensor, or { data');
    await expect(tiles.predict({ data: [1], shape: [1, 1, 3] })).rejects.toThrow("image has 1 values, expected 3");
    await expect(tiles.predict({ data: [], shape: [0, 1, 3] })).rejects.toThrow(ShapeError);
    await expect(tiles.predict({ data: [1], shape: [1, 1, 1] })).rejects.toThrow(ShapeError);
    const image = { data: new Uint8Array(40 * 50 * 4), shape: [40, 50, 4] };
    await expect(tiles.predict(image)).rejects.toThrow(
      "predict: image is [40, 50, 4] and has 4 channels, expected 3 as the model takes them; leave out the alpha",
    );
    const x = input([null, null, 3]);
    const two = new Model({ inputs: x, outputs: { a: new UpSampling2D().apply(x), b: new UpSampling2D().apply(x) } });
    expect(() => tiled(two.build(backend), { tile: 64 })).toThrow("1 inputs and 2 outputs");
    const flat = new Sequential([new Flatten()]).build(backend, { inputShape: [8, 8, 3] });
    await expect(tiled(flat, { tile: 64 }).predict({ data: new Float32Array(192), shape: [8, 8, 3] })).rejects.toThrow(
      "the output of a tile is [1, 192], expected an image",
    );
  });
});
