import { expect, test } from "vitest";
import {
  averagePool2dBackward,
  conv2d,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  createBackend,
  maxPool2d,
  maxPool2dBackward,
  pad2dBackward,
} from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "./support/backends.js";
import { expectWithinBound } from "./support/expectWithinBound.js";
import * as oracle from "./support/float64.js";
import { randomOperand } from "./support/random.js";

/** One test for each bug that other WebGPU and JavaScript libraries have or had. */
describeOnEachBackend("bugs of other libraries", (backend) => {
  const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
  const ones = (shape: readonly number[]) => backend().full(shape, 1);

  test("ties go to the first maximum, not to the last", async () => {
    const dx = await evaluate(backend(), () =>
      maxPool2dBackward(ones([1, 2, 2, 1]), ones([1, 1, 1, 1]), { windowDimensions: 2 }),
    );
    expect([...dx]).toEqual([1, 0, 0, 0]);
  });

  test("a maximum does not start from −1e20 or −1e5", async () => {
    for (const value of [-1e21, -3e25, Number.NEGATIVE_INFINITY]) {
      const y = await evaluate(backend(), () =>
        maxPool2d(backend().full([1, 3, 3, 4], value), { windowDimensions: 3, padding: 1, strides: 2 }),
      );
      expect(y).toEqual(new Float32Array(16).fill(Math.fround(value)));
    }
  });

  test("an average's gradient divides by the same number as the forward", async () => {
    const dx = await evaluate(backend(), () =>
      averagePool2dBackward([1, 3, 3, 1], ones([1, 3, 3, 1]), { windowDimensions: 3, strides: 1, padding: "same" }),
    );
    expect(sum(dx)).toBeCloseTo(9, 5);
  });

  test("a reflection's gradient adds up the reflected elements", async () => {
    const dx = await evaluate(backend(), () =>
      pad2dBackward([1, 3, 3, 1], ones([1, 5, 5, 1]), { padding: 1, mode: "reflection" }),
    );
    expect(sum(dx)).toBe(25);
  });

  test("ceil rounding holds in the backward passes", async () => {
    const options = { windowDimensions: 2, strides: 2, outputShapeRounding: "ceil" } as const;
    const dx = await evaluate(backend(), () => averagePool2dBackward([1, 3, 3, 1], ones([1, 2, 2, 1]), options));
    expect([...dx]).toEqual([0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1]);
    const rounding = { strides: 2, outputShapeRounding: "ceil" } as const;
    const x = randomOperand([1, 4, 4, 2], 1);
    const dy = randomOperand([1, 2, 2, 3], 2);
    const dw = await evaluate(backend(), () =>
      conv2dBackwardFilter(upload(backend(), x), upload(backend(), dy), [3, 3, 2, 3], rounding),
    );
    expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, [3, 3, 2, 3], rounding), "dw");
  });

  test("a long reduction gives the same bits on every run and on a second backend", async () => {
    const x = randomOperand([8, 16, 16, 32], 1);
    const dy = randomOperand([8, 16, 16, 48], 2);
    const again = await createBackend({ kind: backend().kind });
    const dw = (on: typeof again) =>
      evaluate(on, () => conv2dBackwardFilter(upload(on, x), upload(on, dy), [3, 3, 32, 48], { padding: 1 }));
    const first = await dw(backend());
    expect(await dw(backend())).toEqual(first);
    expect(await dw(again)).toEqual(first);
    again.destroy();
  });

  test("an infinity in the last weight reaches only its own output channel", async () => {
    const w = randomOperand([3, 3, 3, 7], 1);
    w.data[w.data.length - 1] = Number.POSITIVE_INFINITY;
    // The extents and channels are odd, and the tiles overhang on every side.
    const x = randomOperand([1, 7, 9, 3], 2);
    const y = await evaluate(backend(), () => conv2d(upload(backend(), x), upload(backend(), w), { padding: 1 }));
    expect(y.every((value, i) => i % 7 === 6 || Number.isFinite(value))).toBe(true);
    const dy = randomOperand([1, 7, 9, 7], 3);
    const dx = await evaluate(backend(), () =>
      conv2dBackwardInput(upload(backend(), dy), upload(backend(), w), x.shape, { padding: 1 }),
    );
    expect(dx.every((value, i) => i % 3 === 2 || Number.isFinite(value))).toBe(true);
  });

  test("an operator can have more than 65,535 workgroups", async () => {
    const x = backend().full([1, 1536, 1536, 4], 1);
    const y = await evaluate(backend(), () => maxPool2d(x, { windowDimensions: 1 }));
    expect(y).toHaveLength(1536 * 1536 * 4);
    expect(y.every((value) => value === 1)).toBe(true);
    x.dispose();
  });

  test("buffers are reused by size class, and the pool stays within its bound", async () => {
    const poolLimitBytes = 64 * 1024;
    const bounded = await createBackend({ kind: backend().kind, poolLimitBytes });
    for (let size = 1; size < 200; size++) {
      bounded.tidy(() => {
        maxPool2d(bounded.full([1, 16, size, 4], 1), { windowDimensions: 1 });
      });
      expect(bounded.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
      // Linear memory cannot shrink, so nothing bounds it there. It does not grow beyond the peak.
      const { pooledBytes, peakBytes } = bounded.memory();
      expect(pooledBytes).toBeLessThanOrEqual(bounded.kind === "wasm" ? 1.1 * peakBytes : poolLimitBytes);
    }
    bounded.destroy();
  });

  test('a "same" convolution can have a stride larger than its filter', async () => {
    const x = randomOperand([1, 7, 7, 2], 1);
    const w = randomOperand([1, 2, 2, 3], 2);
    const options = { padding: "same", strides: 3 } as const;
    const y = await evaluate(backend(), () => conv2d(upload(backend(), x), upload(backend(), w), options));
    expectWithinBound(y, oracle.conv2d(x, w, options), "y");
  });

  test("a window with only negative elements gets its gradient", async () => {
    const x = { data: Float32Array.of(-4, -3, -2, -5), shape: [1, 2, 2, 1] };
    const options = { windowDimensions: 2, padding: 1, strides: 2 };
    const dx = await evaluate(backend(), () => maxPool2dBackward(upload(backend(), x), ones([1, 2, 2, 1]), options));
    expect([...dx]).toEqual([1, 1, 1, 1]);
  });

  test('"same" with a stride above 1 pads as TensorFlow does', async () => {
    // Width 6, stride 2, window 3: there is one element of padding, at the end.
    const x = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 1, 6, 1] };
    const y = await evaluate(backend(), () =>
      conv2d(upload(backend(), x), ones([1, 3, 1, 1]), { padding: "same", strides: [1, 2] }),
    );
    expect([...y]).toEqual([6, 12, 11]);
  });

  test("a first convolution can have more than 3 channels", async () => {
    for (const c of [4, 5, 7]) {
      const [x, w] = [randomOperand([1, 8, 8, c], 1), randomOperand([3, 3, c, 4], 2)];
      const y = await evaluate(backend(), () => conv2d(upload(backend(), x), upload(backend(), w)));
      expectWithinBound(y, oracle.conv2d(x, w), "y");
    }
  });

  test("kernels compile ahead without blocking or computing", async () => {
    const fresh = await createBackend({ kind: backend().kind });
    const x = fresh.full([1, 8, 8, 4], 1);
    const w = fresh.full([3, 3, 4, 4], 1);
    const before = fresh.memory();
    await fresh.warmUp(() => {
      const y = conv2d(x, w);
      conv2dBackwardFilter(x, y, w.shape);
    });
    expect(fresh.memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
    expect((await conv2d(x, w).read())[0]).toBe(36);
    fresh.destroy();
  });
});
