import { expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import {
  Add,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  input,
  loadModel,
  MaxPooling2D,
  Model,
  Residual,
  Sequential,
  UpSampling2D,
} from "webgpu-cnn/nn";
import { RandomNumbers } from "../../src/core/random.js";
function bars(examples: number, seed: number) {
  const random = new RandomNumbers(seed);
  const images = new Float32Array(examples * 64);
  const labels = new Float32Array(examples);
  for (let n = 0; n < examples; n++) {
    const upright = random.integer(2);
    const at = random.integer(8);
    labels[n] = upright;
    for (let i = 0; i < 64; i++) {
      const onBar = (upright === 1 ? i % 8 : Math.floor(i / 8)) === at;
      images[64 * n + i] = (onBar ? 1 : 0) + 0.2 * random.normal();
    }
  }
  return { images, shape: [examples, 8, 8, 1], labels };
}
test.each(["wasm", "cpu", "webgpu"] as const)("x %s", async (kind) => {
  const backend = await createBackend({ kind });
  const before = backend.memory();
  const make = () =>
    new Sequential([
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu" }),
      new BatchNormalization(),
      new MaxPooling2D(),
      new Dropout({ rate: 0.1 }),
      new Flatten(),
      new Dense({ units: 2 }),
    ])
      .build(backend, { inputShape: [8, 8, 1], seed: 1 })
      .compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
  const model = make();
  if (kind === "wasm") console.log(String(model.summary()));
  const history = await model.fit(bars(160, 1), { epochs: 3, batchSize: 16, validationData: bars(50, 2) });
  console.log(kind, JSON.stringify(history));
  const b = make();
  const h2 = [];
  for (let i = 0; i < 3; i++) h2.push(...(await b.fit(bars(160, 1), { batchSize: 16, validationData: bars(50, 2) })));
  expect(h2).toEqual(history);
  // mid-epoch
  const c = make();
  let n = 0;
  for await (const r of c.fit(bars(160, 1), { epochs: 3, batchSize: 16, reportEvery: 2 })) {
    n++;
    if (n === 7) break;
  }
  const file = await c.checkpoint();
  const d = make();
  d.restore(file);
  const h3 = await d.fit(bars(160, 1), { epochs: 3 - d.epochsDone, batchSize: 16, validationData: bars(50, 2) });
  expect(h3).toEqual(history.slice(1));
  const e = await loadModel(await model.save(), backend);
  expect((await e.predictAll(bars(20, 3))).data).toEqual((await model.predictAll(bars(20, 3))).data);
  const x = input([null, null, 3]);
  const down = new Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }).apply(x);
  const up = new UpSampling2D({ size: 2 }).apply(new MaxPooling2D().apply(down));
  const unet = new Model({
    inputs: x,
    outputs: new Conv2D({ filters: 1, kernelSize: 1 }).apply(new Concatenate().apply([down, up])),
  });
  unet.build(backend, { seed: 1 });
  if (kind === "wasm") console.log(String(unet.summary()), unet.weights.keys());
  console.log((unet.predict(backend.zeros([2, 16, 24, 3])) as never as { shape: number[] }).shape);
  for (const m of [model, b, c, d, e, unet]) m.dispose();
  console.log(before, backend.memory());
  backend.destroy();
});
