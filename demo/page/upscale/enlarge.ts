/** Enlarges a picture with ESRGAN. Only the worker loads it, and only when it is asked to. */
import { loadTfjs } from "webgpu-cnn/keras";
import { tiled } from "webgpu-cnn/nn";
import type { Settings } from "../settings/settings.js";
import type { Line } from "../worker/answers.js";
import type { Session } from "../worker/session.js";
import { nextTask } from "../worker/turns.js";

/** Red, green and blue, from 0 to 255. */
export interface RgbPicture {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8ClampedArray;
}

export interface EnlargeQuestion {
  readonly picture: RgbPicture;
  readonly scale: Settings["scale"];
}

/** A part of the enlarged picture, in its pixels. */
export interface EnlargedTile {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  /** Four bytes for each pixel, as a canvas takes them. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** The whole picture. All of it went out before, tile by tile. */
export interface Enlarged {
  readonly height: number;
  readonly width: number;
}

/** How far the network looks, in pixels of the input: one for each 3×3 convolution, two for the 5×5 one. */
const REACH = 10;
/** Larger tiles compute less twice. On a processor they would keep the network of Learn waiting, and the visitor. */
const TILES = { software: 96, hardware: 192 };

/**
 * Enlarges a picture, tile by tile. Each tile takes a turn of its own, so the network of Learn goes on between them.
 *
 * @throws (rejects with) Error if the weights do not come; the signal's reason
 */
export async function enlarge(
  session: Session,
  { picture, scale }: EnlargeQuestion,
  { signal, report }: Line<EnlargedTile>,
): Promise<Enlarged> {
  const files = await fetchModel(scale, signal);
  const { model, tile } = await session.compute(async (backend) => ({
    model: await loadTfjs(files, backend),
    tile: backend.info.software ? TILES.software : TILES.hardware,
  }));
  try {
    const { height, width, data } = picture;
    const image = { data, shape: [height, width, 3] };
    const run = tiled(model, { tile, overlap: REACH }).predict(image, { output: "uint8", signal });
    const reports = run[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await session.compute(() => reports.next());
      if (done) return { height: scale * height, width: scale * width };
      report(value.done / value.total, { ...value.filled, rgba: cutOut(value.image, value.filled) });
      // A message may say that nobody waits any more.
      await nextTask();
    }
  } finally {
    model.dispose();
  }
}

type Place = Omit<EnlargedTile, "rgba">;
type Whole = { readonly shape: readonly number[]; readonly data: Uint8ClampedArray };

function cutOut({ shape, data }: Whole, { top, left, height, width }: Place): EnlargedTile["rgba"] {
  const [, all = 0] = shape;
  const rgba = new Uint8ClampedArray(4 * height * width).fill(255);
  for (let i = 0; i < height * width; i++) {
    const from = 3 * ((top + Math.floor(i / width)) * all + left + (i % width));
    for (let channel = 0; channel < 3; channel++) rgba[4 * i + channel] = data[from + channel] ?? 0;
  }
  return rgba;
}

/** ESRGAN-slim of UpscalerJS (MIT). Written out, so that the build finds the files. */
const FILES = {
  2: [
    new URL("../../../node_modules/@upscalerjs/esrgan-slim/models/x2/model.json", import.meta.url),
    new URL("../../../node_modules/@upscalerjs/esrgan-slim/models/x2/group1-shard1of1.bin", import.meta.url),
  ],
  3: [
    new URL("../../../node_modules/@upscalerjs/esrgan-slim/models/x3/model.json", import.meta.url),
    new URL("../../../node_modules/@upscalerjs/esrgan-slim/models/x3/group1-shard1of1.bin", import.meta.url),
  ],
  4: [
    new URL("../../../node_modules/@upscalerjs/esrgan-slim/models/x4/model.json", import.meta.url),
    new URL("../../../node_modules/@upscalerjs/esrgan-slim/models/x4/group1-shard1of1.bin", import.meta.url),
  ],
} as const;

async function fetchModel(scale: Settings["scale"], signal: AbortSignal) {
  const [json, bytes] = FILES[scale];
  const [description, weights] = await Promise.all([fetchFile(json, signal), fetchFile(bytes, signal)]);
  return { modelJson: await description.text(), weights: await weights.arrayBuffer() };
}

async function fetchFile(url: URL, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`ESRGAN did not come: ${response.status} ${response.statusText}`);
  return response;
}
