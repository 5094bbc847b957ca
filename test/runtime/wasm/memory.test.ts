import { describe, expect, test } from "vitest";
import {
  type Backend,
  conv2d,
  createBackend,
  matmul,
  maxPool2d,
  mul,
  OutOfMemoryError,
  reduceMean,
  reshape,
  sub,
  type Tensor,
  valueAndGradients,
} from "webgpu-cnn";
import { CASES } from "../../engines/cases.js";
import { digestsOf } from "../../engines/digests.js";
import { evaluate } from "../../support/backends.js";
import { randomValues } from "../../support/random.js";
import { sampledCases } from "../../support/sampling.js";
import { restoreMemories, watchMemories } from "../../support/wasmMemory.js";

restoreMemories();

const PAGE_BYTES = 65536;
const inNode = typeof process !== "undefined" && process.versions !== undefined;
const THREADS = inNode ? [1, 2] : [1];

/** The weights of a small network after a step of gradient descent. */
function stepped(x: Tensor, weights: { readonly filter: Tensor; readonly dense: Tensor }) {
  const { value, gradients } = valueAndGradients(({ filter, dense }) => {
    const hidden = maxPool2d(conv2d(x, filter, { activation: "relu" }), { windowDimensions: 2 });
    return reduceMean(matmul(reshape(hidden, [x.shape[0] ?? 1, 150]), dense));
  }, weights);
  const rate = x.backend.full([], 0.01);
  return {
    loss: value,
    filter: sub(weights.filter, mul(rate, gradients.filter)),
    dense: sub(weights.dense, mul(rate, gradients.dense)),
  };
}

const FILTER = [3, 3, 1, 6];
const DENSE = [150, 3];
const images = (count: number) => randomValues(count * 12 * 12, count);

/** Runs steps with batches of five sizes, and requires that after the first half of them nothing more is taken. */
async function expectSteadyMemory(
  backend: Backend,
  memories: readonly WebAssembly.Memory[],
  step: (n: number) => void,
) {
  const STEPS = 400;
  const taken = () => [backend.memory(), memories.at(-1)?.buffer.byteLength];
  let early: unknown;
  for (let i = 0; i < STEPS; i++) {
    step(1 + ((i * 3) % 5));
    if (i % 20 === 19) await backend.settled();
    if (i === STEPS / 2) early = taken();
  }
  await backend.settled();
  expect(taken()).toEqual(early);
}

describe.each(THREADS)("on %i threads", (threads) => {
  test("recorded steps of changing batch sizes take no more memory", async () => {
    const memories = watchMemories();
    const backend = await createBackend({ kind: "wasm", threads });
    const filter = backend.variable(randomValues(54, 1), FILTER);
    const dense = backend.variable(randomValues(450, 2), DENSE);
    const steps = [1, 2, 3, 4, 5].map((n) => {
      const example = backend.zeros([n, 12, 12, 1]);
      const step = backend.record(
        ({ x }: { readonly x: Tensor }) => {
          const next = stepped(x, { filter: filter.value, dense: dense.value });
          filter.assign(next.filter);
          dense.assign(next.dense);
          return { loss: next.loss };
        },
        { x: example },
      );
      example.dispose();
      return step;
    });
    await expectSteadyMemory(backend, memories, (n) => steps[n - 1]?.run({ x: images(n) }));
    for (const held of [...steps, filter, dense]) held.dispose();
    expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    backend.destroy();
  });

  test("called steps of changing batch sizes take no more memory", async () => {
    const memories = watchMemories();
    const backend = await createBackend({ kind: "wasm", threads });
    let weights = {
      filter: backend.tensor(randomValues(54, 1), FILTER),
      dense: backend.tensor(randomValues(450, 2), DENSE),
    };
    await expectSteadyMemory(backend, memories, (n) => {
      const { filter, dense } = backend.tidy(() => {
        const { loss: _, ...next } = stepped(backend.tensor(images(n), [n, 12, 12, 1]), weights);
        return next;
      });
      for (const old of Object.values(weights)) old.dispose();
      weights = { filter, dense };
    });
    for (const held of Object.values(weights)) held.dispose();
    expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    backend.destroy();
  });
});

describe("where the memory ends", () => {
  /** Cases that need several megabytes, mostly for intermediate values. */
  const LARGE = [
    "conv2d with many jobs",
    "conv2d with large weights",
    "convTranspose2d with strides",
    "matmul of [256,300] and [300,200]",
    "maxPool2d of [8,56,56,16]",
    "layerNormalization of long rows",
    "softmax and logSoftmax of [130,1000]",
    "transpose of many elements",
  ];

  test.each(sampledCases(CASES.filter(({ name }) => LARGE.includes(name))))(
    "$name gives its values or an OutOfMemoryError, and everything works afterwards",
    async (each) => {
      const once = { ...each, inputs: each.inputs.slice(0, 1) };
      const memories = watchMemories();
      const ample = await createBackend({ kind: "wasm", threads: 1 });
      const expected = await digestsOf(ample, once);
      ample.destroy();
      const needed = (memories.at(-1)?.buffer.byteLength ?? 0) / PAGE_BYTES;
      const outcomes: string[] = [];
      for (const share of [0.2, 0.4, 0.6, 0.8, 1]) {
        watchMemories(Math.ceil(share * needed));
        const backend = await createBackend({ kind: "wasm", threads: 1 });
        try {
          expect(await digestsOf(backend, once)).toEqual(expected);
          outcomes.push("values");
        } catch (error) {
          if (!(error instanceof OutOfMemoryError)) throw error;
          expect(error.message).toMatch(
            /^\w+: WebAssembly's memory ends; .+ are in use, .+ are free in pieces, and the engine gives no more; dispose of tensors or use smaller batches$/,
          );
          outcomes.push("error");
        }
        expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
        const y = await evaluate(backend, () => conv2d(backend.full([1, 4, 4, 2], 2), backend.full([3, 3, 2, 1], 1)));
        expect([...y]).toEqual([36, 36, 36, 36]);
        backend.destroy();
      }
      expect(outcomes[0]).toBe("error");
      expect(outcomes.at(-1)).toBe("values");
    },
  );

  test("a recorded step that has no room changes no variable, and runs again when there is room", async () => {
    const memories = watchMemories(30);
    const backend = await createBackend({ kind: "wasm", threads: 1 });
    const total = backend.variable(new Float32Array(100_000), [100_000]);
    const example = backend.zeros([100_000]);
    const step = backend.record(
      ({ x }) => {
        total.assign(sub(total.value, x));
        return { twice: mul(x, backend.full([], 2)) };
      },
      { x: example },
    );
    example.dispose();
    const ballast = [backend.zeros([100_000]), backend.zeros([100_000])];
    const before = backend.memory();
    expect(() => step.run({ x: new Float32Array(100_000).fill(1) })).toThrow(OutOfMemoryError);
    expect(backend.memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
    expect(new Set(await total.read())).toEqual(new Set([0]));
    for (const tensor of ballast) tensor.dispose();
    const { twice } = step.run({ x: new Float32Array(100_000).fill(1) });
    expect(new Set(await twice.read())).toEqual(new Set([2]));
    expect(new Set(await total.read())).toEqual(new Set([-1]));
    expect(memories).toHaveLength(1);
    backend.destroy();
  });
});
