import { expect, test } from "vitest";
import {
  averagePool2d,
  averagePool2dBackward,
  conv2d,
  conv2dBackward,
  createBackend,
  maxPool2d,
  maxPool2dBackward,
  pad2d,
  pad2dBackward,
  type Tensor,
} from "webgpu-cnn";
import { mulberry32 } from "../support/random.js";
import { sampled } from "../support/sampling.js";

const OPERATORS = sampled(20_000);
const POOL_LIMIT = 2 ** 20;

test(`${OPERATORS} mixed operators over random shapes leave the memory unchanged`, { timeout: 300_000 }, async () => {
  const backend = await createBackend({ kind: "webgpu", poolLimitBytes: POOL_LIMIT });
  const next = mulberry32(1);
  const upTo = (most: number) => 1 + Math.floor(most * next());
  const kept: Tensor[] = [];
  let operators = 0;

  /** One forward and its backward: a chain of four to six operators. */
  const chains: readonly ((x: Tensor) => Tensor)[] = [
    (x) => {
      operators += 4;
      const [, , , c = 1] = x.shape;
      const w = backend.full([upTo(3), upTo(3), c, upTo(8)], 0.1);
      const options = { padding: "same", strides: upTo(2) } as const;
      const { dx, dw, db } = conv2dBackward(x, w, conv2d(x, w, options), options);
      return [dx, dw, db][upTo(3) - 1] ?? dx;
    },
    (x) => {
      operators += 4;
      const options = { windowDimensions: [upTo(3), upTo(3)], strides: upTo(2), padding: "same" } as const;
      const dx = maxPool2dBackward(x, maxPool2d(x, options), options);
      return averagePool2dBackward(x.shape, averagePool2d(dx, options), options);
    },
    (x) => {
      operators += 2;
      const options = { padding: upTo(4), mode: "edge" } as const;
      return pad2dBackward(x.shape, pad2d(x, options), options);
    },
  ];

  const before = backend.memory();
  for (let step = 0; operators < OPERATORS; step++) {
    const shape = [upTo(3), upTo(16), upTo(16), upTo(12)];
    const chain = chains[step % chains.length];
    const y = backend.tidy(() => chain?.(backend.full(shape, step)));
    if (y) kept.push(y);
    // Some tensors live on for a while and end in another order, like activations in training. A few are read.
    if (kept.length > 8) kept.splice(upTo(kept.length) - 1, 1)[0]?.dispose();
    expect(backend.memory().pooledBytes).toBeLessThanOrEqual(POOL_LIMIT);
    if (step % 50 === 0) expect(await kept.at(-1)?.read()).toHaveLength(kept.at(-1)?.size ?? 0);
  }
  for (const tensor of kept) tensor.dispose();
  await backend.settled();
  expect(backend.memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
  expect(backend.memory().pooledBytes).toBeLessThanOrEqual(POOL_LIMIT);
  backend.destroy();
});
