import { elementsOf } from "../../core/shape.js";
import type { Column } from "./columns.js";
import type { Examples } from "./dataset.js";

/** About as many values of a column are taken, so that large datasets take no time. */
const VALUES = 2 ** 16;
const FEWEST_EXAMPLES = 4;

/**
 * A short text that differs for datasets that differ: their extents, and values of examples from everywhere in them.
 */
export function fingerprint({ count, inputs, targets }: Examples): string {
  const columns = [...inputs, ...targets].map(([name, column]) => `${name} ${hashOf(column)}`);
  return `${count}: ${columns.join(", ")}`;
}

/** FNV-1a over the bits of the values, 32 at a time. */
function hashOf({ examples, shape, write }: Column): string {
  const values = new Float32Array(elementsOf(shape));
  const bits = new Uint32Array(values.buffer);
  const taken = Math.min(examples, Math.max(FEWEST_EXAMPLES, Math.ceil(VALUES / values.length)));
  let hash = 0x811c9dc5;
  for (let i = 0; i < taken; i++) {
    write(Math.floor((i * examples) / taken), values);
    for (const word of bits) hash = Math.imul(hash ^ word, 0x01000193);
  }
  return `[${shape.join()}] ${(hash >>> 0).toString(16)}`;
}
