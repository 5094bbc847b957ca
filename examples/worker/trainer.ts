import { createBackend } from "webgpu-cnn";
import { encodeSafetensors, readIdx } from "webgpu-cnn/io";
import { Conv2D, Dense, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";
import type { Answer, Question } from "./messages.js";

const TEST = 1000;
const EPOCHS = 3;
const BETWEEN_REPORTS = 100; // milliseconds
let stopped = false;

const tell = (answer: Answer, transfer: Transferable[] = []) => self.postMessage(answer, { transfer });
const tellError = (error: unknown) => tell({ is: "error", message: String(error) });

self.addEventListener("message", ({ data: question }: MessageEvent<Question>) => {
  stopped = question.do === "stop";
  if (question.do === "train") train(question).catch(tellError);
});

const ready = openModel();
ready.then(
  ({ backend: { kind, reason, info } }) =>
    tell({ is: "ready", device: [kind, reason, info.whyFewerThreads].filter(Boolean).join(": ") }),
  tellError,
);

async function openModel() {
  const backend = await createBackend();
  const layers = [
    new Conv2D({ filters: 8, kernelSize: 5, activation: "relu" }),
    new MaxPooling2D(),
    new Flatten(),
    new Dense({ units: 10 }),
  ];
  const model = new Sequential(layers).build(backend, { inputShape: [28, 28, 1], seed: 1 });
  model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
  return { backend, model };
}

/** Trains three more epochs. */
async function train({ data, digits }: Extract<Question, { do: "train" }>) {
  const { model } = await ready;
  const [images, labels] = [await load(`${data}t10k-images-idx3-ubyte`), await load(`${data}t10k-labels-idx1-ubyte`)];
  const part = (begin: number, end: number) => ({
    images: images.subarray(784 * begin, 784 * end),
    shape: [end - begin, 28, 28, 1],
    labels: labels.subarray(begin, end),
  });
  let told = -Infinity;
  const before = model.epochsDone; // `epoch` and `epochs` of a report count from the first fit
  const fit = model.fit(part(TEST, TEST + digits), { epochs: EPOCHS, batchSize: 32, startEpoch: true });
  for await (const { epoch, step, steps = step, loss } of fit) {
    if (stopped) break; // a message came while the loop waited for the step
    if (performance.now() - told < BETWEEN_REPORTS) continue;
    told = performance.now();
    const done = ((epoch - 1 - before) * steps + step) / (EPOCHS * steps);
    tell({ is: "progress", epoch, done, loss });
  }
  const { metrics } = await model.evaluate(part(0, TEST));
  const file = encodeSafetensors(await model.save());
  tell({ is: "done", accuracy: metrics["accuracy"] ?? 0, file }, [file.buffer]);
}

async function load(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const { data } = readIdx(new Uint8Array(await response.arrayBuffer()));
  if (!(data instanceof Uint8Array)) throw new Error(`${url}: expected bytes`);
  return data;
}
