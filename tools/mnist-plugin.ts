import type { Plugin } from "vite";
import { loadDigits } from "../demo/digits/mnist.js";

const NAME = "virtual:mnist";
/** The first hundred digits of MNIST contain each class. */
const ENOUGH = 100;

/** Gives a page ten of MNIST's digits, so that it does not need the whole file of 11 MB. */
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
