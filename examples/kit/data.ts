import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzip } from "webgpu-cnn/io";
import { loadMnist, type MnistSets, readMnistSets } from "../../demo/mnist.js";
import { CLASS_NAMES } from "../../demo/page/data/classes.js";
import { pickItems } from "../../demo/page/data/items.js";
import { type Labelled, unpackItems } from "../../demo/page/data/packed.js";
import type { Example } from "./example.js";

export type { Labelled };

/** Pictures to learn from and to test with, and the names of their classes. */
export interface ExampleData extends MnistSets {
  readonly classes: readonly string[];
}

/** The number of training and test pictures with --quick. */
const QUICK = { train: 5_000, test: 1_000 };

/** MNIST: 60,000 handwritten digits and 10,000 to test with. With --quick, the first 5,000 and 1,000. */
export async function loadDigits({ quick }: Example): Promise<ExampleData> {
  const all = await loadMnist();
  const sets = quick ? { train: first(all.train, QUICK.train), test: first(all.test, QUICK.test) } : all;
  return told("MNIST", { ...sets, classes: CLASS_NAMES.digits });
}

/**
 * Fashion-MNIST: 60,000 pictures of clothes and 10,000 to test with. They come from Debian's package, installed or fetched by apt
 * into out/. Where there is no such package, and with --quick, it is the subset that the repository holds: 5,000 and 1,000.
 */
export async function loadFashion({ quick }: Example): Promise<ExampleData> {
  const folder = quick ? undefined : await debianFolder();
  const classes = CLASS_NAMES.fashion;
  if (folder === undefined) return told("the repository's subset of Fashion-MNIST", { ...(await subset()), classes });
  const sets = await readMnistSets("Fashion-MNIST", async (file) => gunzip(await readFile(join(folder, `${file}.gz`))));
  return told(`Fashion-MNIST from ${relative("", folder)}`, { ...sets, classes });
}

/** The first pictures of a set. */
export function first({ images, shape, labels }: Labelled, count: number): Labelled {
  const [, height, width, channels] = shape;
  return {
    images: images.subarray(0, count * height * width * channels),
    shape: [count, height, width, channels],
    labels: labels.subarray(0, count),
  };
}

/** The first pictures of some classes, at most `most` of each. The classes are numbered anew, from 0 in the given order. */
export function ofClasses(set: Labelled, classes: readonly number[], most = Infinity): Labelled {
  const left = new Map(classes.map((label) => [label, most]));
  const chosen = [...set.labels.keys()].filter((n) => {
    const label = set.labels[n] ?? -1;
    const remaining = left.get(label) ?? 0;
    if (remaining > 0) left.set(label, remaining - 1);
    return remaining > 0;
  });
  const picked = pickItems(set, chosen);
  return { ...picked, labels: picked.labels.map((label) => classes.indexOf(label)) };
}

function told(name: string, data: ExampleData): ExampleData {
  const count = (set: Labelled) => set.labels.length.toLocaleString("en");
  console.log(`data: ${name}, ${count(data.train)} to learn from and ${count(data.test)} to test with\n`);
  return data;
}

async function subset(): Promise<MnistSets> {
  const file = new URL("../../demo/page/data/fashion.bin", import.meta.url);
  return unpackItems(await gunzip(await readFile(file)), { train: 5_000, test: 1_000 });
}

const DEBIAN_PACKAGE = "dataset-fashion-mnist";
/** In the package. */
const DATASETS = "usr/share/datasets/fashion-mnist";

/** The folder with the package's files: installed, fetched before, or fetched now. Undefined without apt or a connection. */
async function debianFolder(): Promise<string | undefined> {
  const installed = `/${DATASETS}`;
  if (existsSync(installed)) return installed;
  const target = fileURLToPath(new URL(`../../out/${DEBIAN_PACKAGE}`, import.meta.url));
  const fetched = join(target, DATASETS);
  if (existsSync(fetched)) return fetched;
  console.log(`fetching Debian's package ${DEBIAN_PACKAGE} (31 MB)`);
  const partial = `${target}.partial`;
  await mkdir(partial, { recursive: true });
  const run = (program: string, ...words: readonly string[]) => promisify(execFile)(program, words, { cwd: partial });
  try {
    await run("apt-get", "download", DEBIAN_PACKAGE);
    await run("sh", "-c", `dpkg-deb -x ${DEBIAN_PACKAGE}_*.deb .`);
    await rename(partial, target);
    return fetched;
  } catch (error) {
    console.log(`it did not come: ${error instanceof Error ? error.message.trim() : error}`);
    return undefined;
  }
}
