/**
 * Finds the faces in a picture, and draws a box around each:
 *
 *     node tools/run.mjs examples/face/main.ts [PICTURE] [OUT] [SIZE]
 *
 * PICTURE is a PNG, JPEG or WebP file: one of face-api's if left out. OUT is the PNG that it writes: faces.png if left out.
 * SIZE is what the picture is scaled to for the network, a multiple of 32: 416 if left out.
 */

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { createBackend } from "webgpu-cnn";
import { readPicture } from "../../demo/upscale/picture.js";
import { loadFaceWeights, tinyFaceDetector } from "./detector.js";
import { findFaces } from "./faces.js";
import { FOLDER, weightFiles } from "./original.js";

const [path = fileURLToPath(new URL("demo/sample5.jpg", FOLDER)), out = "faces.png", size = "416"] =
  process.argv.slice(2);
const backend = await createBackend();
const model = tinyFaceDetector(backend);
loadFaceWeights(model, await weightFiles());

const faces = await findFaces(model, await readPicture(path), Number(size));
const image = await loadImage(path);
const canvas = createCanvas(image.width, image.height);
const context = canvas.getContext("2d");
context.drawImage(image, 0, 0);
context.lineWidth = Math.max(2, image.width / 300);
context.strokeStyle = "lime";
for (const { score, x, y, width, height } of faces) {
  const [left, top, w, h] = [x, y, width, height].map(Math.round);
  console.log(`a face of ${w} × ${h} pixels at (${left}, ${top}), with the score ${score.toFixed(3)}`);
  context.strokeRect(x, y, width, height);
}
await writeFile(out, await canvas.encode("png"));
console.log(`wrote ${out}, with ${faces.length} faces`);
model.dispose();
backend.destroy();
