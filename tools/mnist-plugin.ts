import type { Plugin } from "vite";
import { loadDigits } from "../demo/digits/mnist.js";

const NAME = "virtual:mnist";
/** Among the first hundred of MNIST there are some of each class. */
const ENOUGH = 100;

/** Gives a page ten of MNIST's digits, so that it need not ship the 11 MB they lie in. */
export function mnist(): Plugin {
  return {
    name: "mnist",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    async load(id) {
      if (id !== `\0${NAME}`) return undefined;
      const { shape, pixels, labels } = await loadDigits(ENOUGH);
      const size = shape[1] * shape[2];
      const bytes = Array.from({ length: 10 }, (_, label) => {
        const start = labels.indexOf(label) * size;
        return Buffer.from(pixels.slice(start, start + size).map((ink) => 255 * ink));
      });
      return `export const digits = ${JSON.stringify(Buffer.concat(bytes).toString("base64"))};`;
    },
  };
}
