import { readFile } from "node:fs/promises";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { describe, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { loadTfjs } from "webgpu-cnn/keras";
import { isFull } from "../support/sampling.js";

/** The networks of UpscalerJS: sizes and factors. */
const NETWORKS = (["slim", "medium"] as const).flatMap((size) => [2, 3, 4].map((scale) => [size, scale] as const));

/** The red, green and blue of a picture, without alpha. */
async function pixelsOf(path: string) {
  const image = await loadImage(path);
  const { width, height } = image;
  const context = createCanvas(width, height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, rgb: data.filter((_, i) => i % 4 < 3) };
}

describe("ESRGAN of UpscalerJS", () => {
  test.each(isFull ? NETWORKS : NETWORKS.slice(0, 1))("%s ×%i gives its published picture", async (size, scale) => {
    const folder = `node_modules/@upscalerjs/esrgan-${size}`;
    const backend = await createBackend({ kind: "wasm" });
    const [modelJson, weights] = await Promise.all([
      readFile(`${folder}/models/x${scale}/model.json`, "utf8"),
      readFile(`${folder}/models/x${scale}/group1-shard1of1.bin`),
    ]);
    const model = await loadTfjs({ modelJson, weights }, backend);
    const picture = await pixelsOf(`${folder}/assets/fixture.png`);
    const published = await pixelsOf(`${folder}/assets/samples/${scale}x/result.png`);
    // Values from 0 to 255 go in and come out.
    const x = backend.tensor(Float32Array.from(picture.rgb), [1, picture.height, picture.width, 3]);
    const y = model.predict(x);
    expect(y.shape).toEqual([1, published.height, published.width, 3]);
    const pixels = Uint8ClampedArray.from(await y.read());
    const differences = pixels.map((value, i) => Math.abs(value - (published.rgb[i] ?? Number.NaN)));
    expect(Math.max(...new Set(differences))).toBeLessThanOrEqual(1);
    expect(differences.filter((difference) => difference > 0).length / pixels.length).toBeLessThan(1e-4);
    for (const each of [x, y, model]) each.dispose();
    backend.destroy();
  });
});
