// By name: a whole module would bring its samples into the worker's script.
import { counts as digitCounts, url as digitsUrl } from "virtual:page-data/digits";
import { counts as fashionCounts, url as fashionUrl } from "virtual:page-data/fashion";
import { gunzip } from "webgpu-cnn/io";
import { type Labelled, unpackItems } from "./packed.js";

/** What a network learns from, and what it is tested with. */
export interface DataSet {
  readonly train: Labelled;
  readonly test: Labelled;
  readonly classes: readonly string[];
}

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
  return unpackItems(bytes, counts);
}
