import fc from "fast-check";
import { expect, test } from "vitest";
import {
  averagePool2d,
  type Backend,
  conv2d,
  conv2dBackward,
  createBackend,
  DisposedError,
  maxPool2d,
  OptionError,
  pad2d,
  reshape,
  ShapeError,
  type Tensor,
} from "webgpu-cnn";
import { describeOnEveryBackend } from "../support/backends.js";
import { randomOperand } from "../support/random.js";
import { sampled } from "../support/sampling.js";

const X = [2, 8, 8, 4];

const random = (backend: Backend, shape: readonly number[], seed: number) =>
  backend.tensor(randomOperand(shape, seed).data, shape);

describeOnEveryBackend("a recorded step", (backend) => {
  const network = ({ x, w }: { readonly x: Tensor; readonly w: Tensor }) => {
    const hidden = conv2d(x, w, { padding: 1, activation: "relu" });
    const pooled = maxPool2d(hidden, { windowDimensions: 2 });
    const { dx, dw } = conv2dBackward(x, w, hidden, { padding: 1 });
    return { pooled, dx, dw };
  };

  test("gives the bits of the called operators on every run", async () => {
    const example = { x: backend().zeros(X), w: backend().zeros([3, 3, 4, 8]) };
    const step = backend().record(network, example);
    for (let seed = 1; seed <= 4; seed++) {
      const inputs = { x: random(backend(), X, seed), w: random(backend(), [3, 3, 4, 8], seed + 9) };
      const called = backend().tidy(() => network(inputs));
      const outputs = step.run(inputs);
      for (const name of ["pooled", "dx", "dw"] as const) {
        expect(outputs[name].shape).toEqual(called[name].shape);
        expect(await outputs[name].read(), name).toEqual(await called[name].read());
        called[name].dispose();
      }
      inputs.x.dispose();
      inputs.w.dispose();
    }
    step.dispose();
    example.x.dispose();
    example.w.dispose();
  });

  test("takes plain numbers as inputs", async () => {
    const x = backend().zeros([1, 1, 2, 1]);
    const step = backend().record(({ x }) => ({ y: pad2d(x, { padding: [0, 0, 1, 0], value: 9 }) }), { x });
    x.dispose();
    expect([...(await step.run({ x: [1, 2] }).y.read())]).toEqual([9, 1, 2]);
    expect([...(await step.run({ x: Float32Array.of(3, 4) }).y.read())]).toEqual([9, 3, 4]);
    step.dispose();
  });

  test("a read of one run is not changed by the next run", async () => {
    const x = backend().zeros(X);
    const step = backend().record(({ x }) => ({ y: averagePool2d(x, { windowDimensions: 2 }) }), { x });
    x.dispose();
    const reads: Promise<Float32Array>[] = [];
    for (let i = 0; i < 5; i++) reads.push(step.run({ x: new Float32Array(2 * 8 * 8 * 4).fill(i) }).y.read());
    for (const [i, values] of (await Promise.all(reads)).entries()) expect(new Set(values)).toEqual(new Set([i]));
    step.dispose();
  });

  test("outputs are valid until the next run", async () => {
    const x = backend().zeros([1, 2, 2, 1]);
    const step = backend().record(({ x }) => ({ y: pad2d(x, { padding: 1 }) }), { x });
    x.dispose();
    const { y } = step.run({ x: [1, 2, 3, 4] });
    const kept = reshape(y, [16]);
    const { y: last } = step.run({ x: [5, 6, 7, 8] });
    await expect(y.read()).rejects.toThrow(DisposedError);
    expect([...(await kept.read())]).toEqual([0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0]);
    step.dispose();
    await expect(last.read()).rejects.toThrow(DisposedError);
    expect(() => step.run({ x: [1, 2, 3, 4] })).toThrow(DisposedError);
    step.dispose();
    kept.dispose();
  });

  test("carries variables from run to run like called operators", async () => {
    const make = () => ({ a: backend().variable([1, 2], [1, 1, 2, 1]), b: backend().variable([3, 4], [1, 1, 2, 1]) });
    const work = ({ a, b }: ReturnType<typeof make>) => {
      const swapped = reshape(a.value, a.shape);
      const sum = averagePool2d(pad2d(b.value, { padding: 1, value: 2 }), { windowDimensions: 3, strides: 1 });
      a.assign(pad2d(sum, { padding: 0 }));
      b.assign(swapped);
      // From then on, a read gives the assigned value.
      return { y: pad2d(a.value, { padding: [0, 0, 0, 1] }) };
    };
    const [called, recorded] = [make(), make()];
    const step = backend().record(() => work(recorded), {});
    expect([...(await recorded.a.read())]).toEqual([1, 2]);
    for (let i = 0; i < 4; i++) {
      const expected = backend().tidy(() => work(called));
      expect(await step.run({}).y.read()).toEqual(await expected.y.read());
      expect(await recorded.a.read()).toEqual(await called.a.read());
      expect(await recorded.b.read()).toEqual(await called.b.read());
      expected.y.dispose();
    }
    // Two variables swap their values.
    const swap = backend().record(() => {
      const value = reshape(recorded.a.value, recorded.a.shape);
      recorded.a.assign(recorded.b.value);
      recorded.b.assign(value);
      return {};
    }, {});
    const [a, b] = [await recorded.a.read(), await recorded.b.read()];
    swap.run({});
    expect([await recorded.a.read(), await recorded.b.read()]).toEqual([b, a]);
    // A value that is assigned outside is used from the next run on.
    const other = backend().tensor([7, 8], [1, 1, 2, 1]);
    for (const { b } of [called, recorded]) b.assign(other);
    for (const { a } of [called, recorded]) a.assign(other);
    other.dispose();
    const expected = backend().tidy(() => work(called));
    expect(await step.run({}).y.read()).toEqual(await expected.y.read());
    expected.y.dispose();
    step.dispose();
    swap.dispose();
    for (const { a, b } of [called, recorded]) {
      a.dispose();
      b.dispose();
    }
  });

  test("keeps the tensors that it captures", async () => {
    const constant = backend().tensor([1, 2, 3, 4], [1, 2, 2, 1]);
    const step = backend().record(() => {
      const inner = backend().full([1, 2, 2, 1], 5);
      return { outer: pad2d(constant, { padding: [1, 0, 0, 0] }), inner: pad2d(inner, { padding: [1, 0, 0, 0] }) };
    }, {});
    constant.dispose();
    for (let i = 0; i < 2; i++) {
      const { outer, inner } = step.run({});
      expect([...(await outer.read())]).toEqual([0, 0, 1, 2, 3, 4]);
      expect([...(await inner.read())]).toEqual([0, 0, 5, 5, 5, 5]);
    }
    step.dispose();
  });

  test("gives all its memory back", async () => {
    const x = backend().zeros(X);
    const w = backend().zeros([3, 3, 4, 8]);
    const step = backend().record(network, { x, w });
    step.run({ x, w });
    step.run({ x, w });
    step.dispose();
    x.dispose();
    w.dispose();
    await backend().settled();
    expect(backend().memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
  });

  test("refuses wrong arguments and calls inside a recording", () => {
    const x = backend().zeros([1, 2, 2, 1]);
    const step = backend().record(({ x }) => ({ y: pad2d(x, { padding: 1 }) }), { x });
    expect(() => step.run({ x: [1, 2, 3] })).toThrow(ShapeError);
    expect(() => step.run({ x: backend().tidy(() => reshape(x, [1, 4, 1, 1])) })).toThrow(ShapeError);
    // @ts-expect-error: an input is missing
    expect(() => step.run({})).toThrow("the input x [1, 2, 2, 1] is missing");
    // @ts-expect-error: one input too many
    expect(() => step.run({ x, z: x })).toThrow("unknown input z");
    const nested = () =>
      backend().record(
        () =>
          backend()
            .record(() => ({ x }), {})
            .run({}),
        {},
      );
    expect(nested).toThrow("record: called inside record");
    const running = () => backend().record(() => step.run({ x }), {});
    expect(running).toThrow("run: called inside record");
    // @ts-expect-error: a tensor without a name
    const unnamed = () => backend().record(() => x, {});
    expect(unnamed).toThrow("expected tensors by name");
    // @ts-expect-error: a promise
    const later = () => backend().record(async () => ({}), {});
    expect(later).toThrow("expected tensors by name");
    // @ts-expect-error: not a function
    expect(() => backend().record(undefined, {})).toThrow(OptionError);
    // @ts-expect-error: no inputs
    expect(() => backend().record(() => ({}))).toThrow("exampleInputs is undefined");
    // @ts-expect-error: an array
    expect(() => backend().record(() => ({}), [x])).toThrow("exampleInputs is");
    // @ts-expect-error: no inputs
    expect(() => step.run()).toThrow("run: inputs is undefined, expected { x }");
    expect(() => step.run({ x: [1] })).toThrow("run: x has 1 values");
    // @ts-expect-error: text
    expect(() => step.run({ x: "1" })).toThrow("run: x must be numbers");
    step.dispose();
    x.dispose();
  });

  test("refuses a read inside", async () => {
    const reads: Promise<unknown>[] = [];
    const x = backend().zeros([1, 2, 2, 1]);
    const step = backend().record(() => {
      const y = pad2d(x, { padding: 1 });
      reads.push(expect(y.read()).rejects.toThrow("read: called inside record"));
      return { y };
    }, {});
    step.run({});
    expect(reads.length).toBeGreaterThan(0);
    await Promise.all(reads);
    step.dispose();
    x.dispose();
  });
});

test("the plan of a recorded step gives its memory, and a run allocates nothing", async () => {
  const backend = await createBackend({ kind: "webgpu" });
  const x = backend.zeros([1, 32, 32, 4]);
  const step = backend.record(
    ({ x }) => {
      let y = x;
      for (let i = 0; i < 6; i++) y = pad2d(y, { padding: [0, 0, 0, 0] });
      return { y: averagePool2d(y, { windowDimensions: 2 }) };
    },
    { x },
  );
  const bytes = 4 * 32 * 32 * 4;
  // The values alternate between two places. A chain of any length needs only two.
  expect(step.plan).toMatchObject({ dispatches: 7, buffers: 2, bufferBytes: 2 * bytes, inputBytes: bytes });
  expect(step.plan?.unsharedBytes).toBe(6 * bytes + bytes / 4);
  expect(String(step.plan)).toContain("7 dispatches in 1 submit");
  const before = backend.memory();
  for (let i = 0; i < 20; i++) step.run({ x });
  await backend.settled();
  expect(backend.memory()).toMatchObject({
    liveBytes: before.liveBytes,
    pooledBytes: before.pooledBytes,
    peakBytes: before.peakBytes,
  });
  backend.destroy();
});

test("recorded steps give the bits of calls over random networks", async () => {
  const backend = await createBackend({ kind: "webgpu" });
  const layer = fc.record({
    kind: fc.constantFrom("conv", "max", "average", "pad"),
    from: fc.nat(),
    seed: fc.nat(1000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 8 }), fc.nat(1000), async (layers, seed) => {
      const work = ({ x }: { readonly x: Tensor }) => {
        const made = [x];
        for (const { kind, from, seed } of layers) {
          const input = made[from % made.length] ?? x;
          if (kind === "conv") made.push(conv2d(input, random(backend, [3, 3, 4, 4], seed), { padding: 1 }));
          else if (kind === "pad") made.push(pad2d(input, { padding: 0, mode: "edge" }));
          else {
            const pool = kind === "max" ? maxPool2d : averagePool2d;
            made.push(pool(input, { windowDimensions: 3, strides: 1, padding: 1 }));
          }
        }
        return { last: made.at(-1) ?? x, middle: made[Math.floor(made.length / 2)] ?? x };
      };
      const x = random(backend, [1, 6, 5, 4], seed);
      const step = backend.record(work, { x });
      const called = backend.tidy(() => work({ x }));
      for (let i = 0; i < 2; i++) {
        const replayed = step.run({ x });
        expect(await replayed.last.read()).toEqual(await called.last.read());
        expect(await replayed.middle.read()).toEqual(await called.middle.read());
      }
      step.dispose();
      x.dispose();
    }),
    { numRuns: sampled(30) },
  );
  await backend.settled();
  backend.destroy();
});
