// By name: a whole module would bring its samples into the worker's script.
import { counts as digitCounts, url as digitsUrl } from "virtual:page-data/digits";
import { counts as fashionCounts, url as fashionUrl } from "virtual:page-data/fashion";
import { gunzip } from "webgpu-cnn/io";

/** Pictures as bytes, [N, H, W, C], and the numbers of their classes. */
export interface Labelled {
  readonly images: Uint8Array<ArrayBuffer>;
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  readonly labels: Uint8Array<ArrayBuffer>;
}

/** What a network learns from, and what it is tested with. */
export interface DataSet {
  readonly train: Labelled;
  readonly test: Labelled;
  readonly classes: readonly string[];
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

const FILES = {
  digits: { url: digitsUrl, counts: digitCounts },
  fashion: { url: fashionUrl, counts: fashionCounts },
};

/** Fetches the digits or the fashion items. @throws Error if the file does not come */
export async function loadPageData(name: "digits" | "fashion"): Promise<Pick<DataSet, "train" | "test">> {
  const { url, counts } = FILES[name];
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the ${name} did not come: ${response.status} ${response.statusText}`);
  const bytes = await gunzip(new Uint8Array(await response.arrayBuffer()));
  return { train: part(bytes, 0, counts.train), test: part(bytes, counts.train * (PIXELS + 1), counts.test) };
}

function part(bytes: Uint8Array, start: number, count: number): Labelled {
  const pixels = start + count;
  return {
    labels: bytes.slice(start, pixels),
    images: bytes.slice(pixels, pixels + count * PIXELS),
    shape: [count, SIDE, SIDE, 1],
  };
}
