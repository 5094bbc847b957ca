/** What the controls on the columns change. */
import { type Block, RANGES, type Settings } from "../../settings/settings.js";

/** The station behind a block, whatever comes after it. */
export const lastOf = ({ pool }: Block, block: number) => `${pool === "none" ? "a" : "p"}${block}`;

export function changeBlock(blocks: readonly Block[], index: number, changes: Partial<Block>): Block[] {
  return blocks.map((block, i) => (i === index ? { ...block, ...changes } : block));
}

export function changeFilters(blocks: readonly Block[], index: number, by: number): Block[] {
  const [least, most] = RANGES.filters;
  const filters = (blocks[index]?.filters ?? least) + by;
  return changeBlock(blocks, index, { filters: Math.min(most, Math.max(least, filters)) });
}

/** A new block fits behind any other: it keeps the size of the maps, and has a pool only if they can be halved. */
export function addBlock(blocks: readonly Block[], side: number): Block[] {
  if (blocks.length >= RANGES.blocks[1]) return [...blocks];
  const filters = blocks.at(-1)?.filters ?? RANGES.filters[0];
  return [...blocks, { filters, size: 3, stride: 1, padding: "same", pool: side >= 2 ? "max" : "none" }];
}

export function removeBlock(blocks: readonly Block[], index: number): Block[] {
  return blocks.length > RANGES.blocks[0] ? blocks.filter((_, i) => i !== index) : [...blocks];
}

export const ACTIVATION_NAMES: Readonly<Record<Settings["activation"], string>> = {
  relu: "ReLU",
  leakyRelu: "Leaky ReLU",
  tanh: "tanh",
  sigmoid: "Sigmoid",
};

/** Whether an activation's values can lie below zero. */
export const isSigned = (activation: Settings["activation"]) => activation === "leakyRelu" || activation === "tanh";
