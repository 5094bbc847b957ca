import { expect, test } from "vitest";
import {
  conv2d,
  createBackend,
  maxPool2d,
  type NestedNumbers,
  pad2d,
  reshape,
  type Shape,
  Tensor,
  type TensorData,
  transpose,
} from "webgpu-cnn";
import { describeOnEachBackend } from "../support/backends.js";

const valuesOf = async (tensor: Tensor) => [...(await tensor.read())];

describeOnEachBackend("making tensors", (backend) => {
  const matrix: NestedNumbers = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  test.each<
    readonly [what: string, data: TensorData, shape: Shape | undefined, expectedShape: Shape, values: number[]]
  >([
    ["a number", 5, undefined, [], [5]],
    ["a number with a shape", 5, [1, 1], [1, 1], [5]],
    ["a list", [1, 2, 3], undefined, [3], [1, 2, 3]],
    ["a list with a shape", [1, 2, 3, 4, 5, 6], [3, 1, 2], [3, 1, 2], [1, 2, 3, 4, 5, 6]],
    ["a list of one as a scalar", [7], [], [], [7]],
    ["nested lists", matrix, undefined, [2, 3], [1, 2, 3, 4, 5, 6]],
    ["nested lists with their own shape", matrix, [2, 3], [2, 3], [1, 2, 3, 4, 5, 6]],
    ["deeply nested lists", [[[[1], [2]]]], undefined, [1, 1, 2, 1], [1, 2]],
    ["a Float32Array", Float32Array.of(1, 2), undefined, [2], [1, 2]],
    ["part of a Float32Array", new Float32Array([0, 1, 2, 3]).subarray(1, 3), [1, 2], [1, 2], [1, 2]],
    ["a Float64Array", Float64Array.of(0.5, 2), [2, 1], [2, 1], [0.5, 2]],
    ["a Uint8ClampedArray", Uint8ClampedArray.of(0, 300), undefined, [2], [0, 255]],
    ["an Int16Array", Int16Array.of(-3), [], [], [-3]],
    ["infinities and NaN", [Infinity, -Infinity, NaN], undefined, [3], [Infinity, -Infinity, NaN]],
    ["doubles, rounded to float32", [0.1, 2 ** 24 + 1, 1e39], undefined, [3], [Math.fround(0.1), 2 ** 24, Infinity]],
  ])("a tensor is made from %s", async (_what, data, shape, expectedShape, values) => {
    const tensor = shape === undefined ? backend().tensor(data) : backend().tensor(data, shape);
    expect(tensor.shape).toEqual(expectedShape);
    expect(tensor.size).toBe(values.length);
    expect(tensor.dtype).toBe("float32");
    expect(tensor.backend).toBe(backend());
    expect(tensor.disposed).toBe(false);
    expect(await valuesOf(tensor)).toEqual(values);
  });

  test("a tensor is made from a Float32Array on shared memory", async () => {
    const shared = new Float32Array(new SharedArrayBuffer(8)).fill(3);
    expect(await valuesOf(backend().tensor(shared))).toEqual([3, 3]);
    expect(await valuesOf(backend().tensor(BigInt64Array.of(-2n, 7n)))).toEqual([-2, 7]);
  });

  test("zeros and full fill a tensor with one value", async () => {
    expect(await valuesOf(backend().zeros([2, 2]))).toEqual([0, 0, 0, 0]);
    expect(await valuesOf(backend().zeros([]))).toEqual([0]);
    expect(await valuesOf(backend().full([3], -0.5))).toEqual([-0.5, -0.5, -0.5]);
    expect(await valuesOf(backend().full([2], Number.NaN))).toEqual([Number.NaN, Number.NaN]);
    // More elements than are written at a time.
    const large = await backend()
      .full([3, 2 ** 17 + 1], 2)
      .read();
    expect(large.length).toBe(3 * (2 ** 17 + 1));
    expect(large.every((value) => value === 2)).toBe(true);
  });

  test("a tensor copies the caller's data and shape", async () => {
    const data = Float32Array.of(1, 2, 3, 4);
    const shape = [2, 2];
    const tensor = backend().tensor(data, shape);
    const reshaped = reshape(tensor, shape);
    data.fill(9);
    shape[0] = 7;
    expect([tensor.shape, reshaped.shape]).toEqual([
      [2, 2],
      [2, 2],
    ]);
    expect(await valuesOf(tensor)).toEqual([1, 2, 3, 4]);
  });

  test("the shape of a tensor is frozen", () => {
    const x = backend().zeros([1, 2, 2, 4]);
    const w = backend().zeros([1, 1, 4, 4]);
    for (const tensor of [x, reshape(x, [16]), conv2d(x, w), maxPool2d(x, { windowDimensions: 2 }), transpose(x)]) {
      expect(Object.isFrozen(tensor.shape), String(tensor)).toBe(true);
    }
  });

  test("a tensor is a Tensor and prints its shape and backend", () => {
    const tensor = backend().zeros([1, 28, 28, 1]);
    expect(tensor).toBeInstanceOf(Tensor);
    expect(String(tensor)).toBe(`Tensor(float32, [1, 28, 28, 1], ${backend().kind})`);
  });
});

describeOnEachBackend("reading", (backend) => {
  test("gives a copy of the values", async () => {
    const tensor = backend().tensor([1, 2, 3]);
    const first = await tensor.read();
    first.fill(9);
    expect(await valuesOf(tensor)).toEqual([1, 2, 3]);
  });

  test("gives the values at its call, even if the tensor is disposed of and its memory reused", async () => {
    const old = backend().full([64], 1);
    const pending = old.read();
    old.dispose();
    const young = backend().full([64], 2);
    const moved = pad2d(reshape(young, [1, 8, 8, 1]), { padding: 0 });
    expect(new Set(await pending)).toEqual(new Set([1]));
    expect(new Set(await young.read())).toEqual(new Set([2]));
    expect(new Set(await moved.read())).toEqual(new Set([2]));
  });

  test("operators use the values of their inputs at the call", async () => {
    const x = backend().full([1, 8, 8, 1], 1);
    const y = maxPool2d(x, { windowDimensions: 2 });
    x.dispose();
    const others = [2, 3, 4].map((value) => backend().full([1, 8, 8, 1], value));
    const z = maxPool2d(y, { windowDimensions: 4 });
    y.dispose();
    others.push(backend().full([1, 4, 4, 1], 5));
    expect(await valuesOf(z)).toEqual([1]);
    expect(await Promise.all(others.map(async (other) => (await other.read())[0]))).toEqual([2, 3, 4, 5]);
  });

  test("many reads can be pending at once", async () => {
    const tensors = Array.from({ length: 40 }, (_, i) => backend().full([i + 1], i));
    const reads = tensors.toReversed().map((tensor) => tensor.read());
    tensors.push(backend().zeros([3]));
    for (const [i, values] of (await Promise.all(reads)).toReversed().entries()) {
      expect([...values]).toEqual(new Array(i + 1).fill(i));
    }
  });
});

describeOnEachBackend("reshape", (backend) => {
  test("gives the same values with another shape", async () => {
    const x = backend().tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    const y = reshape(x, [3, 1, 2]);
    expect(y.shape).toEqual([3, 1, 2]);
    expect(await valuesOf(y)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await valuesOf(reshape(backend().tensor(4), [1, 1]))).toEqual([4]);
    expect(reshape(backend().tensor([[4]]), []).shape).toEqual([]);
  });

  test("shares the memory, which lives as long as one of the handles", async () => {
    const before = backend().memory();
    const x = backend().tensor([1, 2, 3, 4]);
    const y = reshape(x, [2, 2]);
    const z = reshape(y, [4, 1]);
    expect(backend().memory()).toMatchObject({ tensors: before.tensors + 3, liveBytes: before.liveBytes + 16 });
    x.dispose();
    x.dispose();
    y.dispose();
    expect(backend().memory()).toMatchObject({ tensors: before.tensors + 1, liveBytes: before.liveBytes + 16 });
    const other = backend().full([4], 9);
    expect(await valuesOf(z)).toEqual([1, 2, 3, 4]);
    other.dispose();
    z.dispose();
    expect(backend().memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
  });
});

describeOnEachBackend("memory", (backend) => {
  test("counts live handles and 4 bytes for each element that they hold", () => {
    const start = backend().memory();
    const tensors = [[], [3], [5, 7], [1, 9, 9, 3]].map((shape) => backend().zeros(shape));
    const elements = 1 + 3 + 35 + 243;
    expect(backend().memory()).toMatchObject({
      tensors: start.tensors + 4,
      liveBytes: start.liveBytes + 4 * elements,
    });
    expect(backend().memory().peakBytes).toBeGreaterThanOrEqual(start.liveBytes + 4 * elements);
    for (const tensor of tensors) tensor.dispose();
    expect(backend().memory()).toMatchObject({ tensors: start.tensors, liveBytes: start.liveBytes });
  });

  test("peakBytes keeps the highest number of bytes", async () => {
    const peak = 4 * 2 ** 20;
    backend()
      .zeros([peak / 4])
      .dispose();
    const { peakBytes, liveBytes } = backend().memory();
    expect(peakBytes).toBeGreaterThanOrEqual(peak);
    backend().zeros([16]).dispose();
    expect(backend().memory()).toMatchObject({ peakBytes, liveBytes });
  });

  test("an operator leaves only its output, in any layout", async () => {
    const x = backend().zeros([1, 4, 6, 6]);
    const w = backend().zeros([8, 4, 3, 3]);
    const before = backend().memory();
    const y = conv2d(x, w, { inputLayout: "nchw", filterLayout: "oihw" });
    expect(y.shape).toEqual([1, 8, 4, 4]);
    expect(backend().memory()).toMatchObject({ tensors: before.tensors + 1, liveBytes: before.liveBytes + 4 * y.size });
    await y.read();
    y.dispose();
    expect(backend().memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
  });

  test("using disposes of a tensor at the end of the block", () => {
    const before = backend().memory();
    {
      using x = backend().zeros([8]);
      using y = reshape(x, [2, 4]);
      expect(backend().memory().tensors).toBe(before.tensors + 2);
      expect(y.disposed).toBe(false);
    }
    expect(backend().memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
  });
});

describeOnEachBackend("tidy", (backend) => {
  const counts = () => {
    const { tensors, liveBytes } = backend().memory();
    return { tensors, liveBytes };
  };
  const zeros = (extent: number) => backend().zeros([extent]);

  test("disposes of tensors that are made inside and keeps the returned one", async () => {
    const outside = zeros(1);
    const before = counts();
    let inside: Tensor | undefined;
    const kept = backend().tidy(() => {
      inside = backend().full([1, 4, 4, 1], 3);
      return maxPool2d(inside, { windowDimensions: 2 });
    });
    expect(inside?.disposed).toBe(true);
    expect(outside.disposed).toBe(false);
    expect(counts()).toEqual({ tensors: before.tensors + 1, liveBytes: before.liveBytes + 16 });
    expect(await valuesOf(kept)).toEqual([3, 3, 3, 3]);
    kept.dispose();
    expect(counts()).toEqual(before);
  });

  test("finds tensors in nested results", () => {
    const before = counts();
    const circle: { self?: unknown; tensor: Tensor } = { tensor: zeros(1) };
    const result = backend().tidy(() => {
      zeros(100);
      circle.self = circle;
      return {
        list: [zeros(1), [zeros(1), null, undefined, "text", 3]],
        map: new Map([["key", zeros(1)]]),
        set: new Set([zeros(1)]),
        deep: { deeper: { deepest: zeros(1) } },
        circle,
        typed: Float32Array.of(1),
        twice: circle.tensor,
      };
    });
    expect(counts()).toEqual({ tensors: before.tensors + 6, liveBytes: before.liveBytes + 24 });
    expect(result.deep.deeper.deepest.disposed).toBe(false);
    expect(result.map.get("key")?.disposed).toBe(false);
    expect(circle.tensor.disposed).toBe(false);
  });

  test("returns other values unchanged", () => {
    const before = counts();
    expect(backend().tidy(() => zeros(4).size)).toBe(4);
    expect(backend().tidy(() => void zeros(4))).toBeUndefined();
    const work = () => 1;
    expect(backend().tidy(() => work)).toBe(work);
    expect(counts()).toEqual(before);
  });

  test("nests, and the result of an inner tidy belongs to the outer", () => {
    const before = counts();
    const kept: Tensor[] = [];
    const result = backend().tidy(() => {
      const [first, second] = backend().tidy(() => [zeros(1), zeros(2), zeros(3)].slice(0, 2));
      if (!first || !second) throw new Error("two tensors were kept");
      kept.push(first, second);
      return second;
    });
    expect(kept.map((tensor) => tensor.disposed)).toEqual([true, false]);
    expect(counts()).toEqual({ tensors: before.tensors + 1, liveBytes: before.liveBytes + 8 });
    result.dispose();
    expect(counts()).toEqual(before);
  });

  test("keeps the memory of a returned reshape and disposes of its source", async () => {
    const before = counts();
    const y = backend().tidy(() => reshape(backend().tensor([1, 2, 3, 4]), [2, 2]));
    expect(counts()).toEqual({ tensors: before.tensors + 1, liveBytes: before.liveBytes + 16 });
    expect(await valuesOf(y)).toEqual([1, 2, 3, 4]);
  });

  test("accepts tensors that are disposed of inside", () => {
    const outside = zeros(5);
    const before = counts();
    const result = backend().tidy(() => {
      const x = zeros(4);
      x.dispose();
      outside.dispose();
      return x;
    });
    expect(result.disposed).toBe(true);
    expect(counts()).toEqual({ tensors: before.tensors - 1, liveBytes: before.liveBytes - 20 });
  });

  test("disposes of everything inside if the work throws, but of nothing from outside", () => {
    const outside = zeros(1);
    const before = counts();
    const failure = new Error("of the caller's own");
    const call = () =>
      backend().tidy(() => {
        zeros(4);
        backend().tidy(() => {
          zeros(5);
          throw failure;
        });
      });
    expect(call).toThrow(failure);
    expect(counts()).toEqual(before);
    expect(outside.disposed).toBe(false);
    // The scope is closed. A tensor made now is not disposed of.
    expect(zeros(2).disposed).toBe(false);
    expect(counts().tensors).toBe(before.tensors + 1);
  });

  test("disposes of everything inside if the work returns a promise", () => {
    const before = counts();
    expect(() => backend().tidy(async () => zeros(4))).toThrow(/^tidy: the function returned a promise/);
    expect(counts()).toEqual(before);
  });

  test("leaves tensors of another backend alone", async () => {
    const other = await createBackend({ kind: "cpu" });
    let stranger: Tensor | undefined;
    backend().tidy(() => {
      stranger = other.zeros([4]);
    });
    expect(stranger?.disposed).toBe(false);
    expect(other.memory().tensors).toBe(1);
    other.destroy();
  });
});

describeOnEachBackend("warmUp", (backend) => {
  test("computes nothing and leaves the memory unchanged", async () => {
    const x = backend().full([1, 6, 6, 4], 2);
    const w = backend().full([3, 3, 4, 4], 1);
    const before = backend().memory();
    let traced: Tensor | undefined;
    await backend().warmUp(() => {
      traced = maxPool2d(conv2d(x, w), { windowDimensions: 2 });
      expect(traced.shape).toEqual([1, 2, 2, 4]);
    });
    expect(traced?.disposed).toBe(true);
    const { tensors, liveBytes } = before;
    expect(backend().memory()).toMatchObject({ tensors, liveBytes });
    expect(new Set(await conv2d(x, w).read())).toEqual(new Set([72]));
  });
});
