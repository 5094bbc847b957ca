/** The network's stations and their shapes. Nothing here computes, so the page's own thread can have it. */
import type { Block, Settings } from "../settings/settings.js";

/** What decides the network: its layers, and what it reads. */
export interface Architecture {
  /** The height, width and channels of a picture. */
  readonly input: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  readonly blocks: readonly Block[];
  readonly activation: Settings["activation"];
  readonly dropout: Settings["dropout"];
}

/** The height and width of every pool's window, and its stride. */
export const POOL_SIZE = 2;

/** A place of the network where numbers can be looked at. */
export interface Station {
  /** "x", then "z1", "a1", "p1" and so on for each block, then "scores" and "loss". */
  readonly name: string;
  readonly kind: "picture" | "convolution" | "activation" | "pool" | "dense" | "loss";
  /** The number of the block, from 1; 0 outside of blocks. */
  readonly block: number;
  /** Of the numbers there. The dense layer's scores and the loss have a height and width of 1. */
  readonly height: number;
  readonly width: number;
  readonly maps: number;
}

/** A network that cannot be: a window is larger than what it should read. */
export class DoesNotFit extends Error {
  override readonly name = "DoesNotFit";
}

/** All stations in forward order. @throws DoesNotFit */
export function stationsOf({ input, classes, blocks }: Architecture): Station[] {
  let [height, width, maps] = input;
  const stations: Station[] = [{ name: "x", kind: "picture", block: 0, height, width, maps }];
  for (const [i, { filters, size, stride, padding, pool }] of blocks.entries()) {
    const block = i + 1;
    const out = (extent: number) =>
      padding === "same" ? Math.ceil(extent / stride) : Math.floor((extent - size) / stride) + 1;
    if (padding === "valid" && Math.min(height, width) < size) {
      throw new DoesNotFit(`A ${size} × ${size} filter does not fit into the ${height} × ${width} maps before it.`);
    }
    [height, width, maps] = [out(height), out(width), filters];
    stations.push({ name: `z${block}`, kind: "convolution", block, height, width, maps });
    stations.push({ name: `a${block}`, kind: "activation", block, height, width, maps });
    if (pool === "none") continue;
    if (Math.min(height, width) < POOL_SIZE) {
      throw new DoesNotFit(`A pool of 2 × 2 does not fit into the ${height} × ${width} maps before it.`);
    }
    [height, width] = [Math.floor(height / POOL_SIZE), Math.floor(width / POOL_SIZE)];
    stations.push({ name: `p${block}`, kind: "pool", block, height, width, maps });
  }
  stations.push({ name: "scores", kind: "dense", block: 0, height: 1, width: 1, maps: classes });
  stations.push({ name: "loss", kind: "loss", block: 0, height: 1, width: 1, maps: 1 });
  return stations;
}

/** How many numbers the dense layer reads for each score. */
export function denseInputs(stations: readonly Station[]): number {
  const last = stations.at(-3);
  return last ? last.height * last.width * last.maps : 0;
}
