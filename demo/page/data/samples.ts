import { samples as digits } from "virtual:page-data/digits";
import { samples as fashion } from "virtual:page-data/fashion";
import type { HostTensor } from "../../images.js";
import type { Settings } from "../settings/settings.js";
import { SIDE } from "./drawing.js";

const PIXELS = SIDE * SIDE;

/** One test item of each class, [1, 28, 28, 1], ink is 1. They come with the page, so it needs no file to begin. */
export function samplesOf(data: Exclude<Settings["data"], "own">): HostTensor[] {
  const bytes = atob(data === "digits" ? digits : fashion);
  return Array.from({ length: bytes.length / PIXELS }, (_, n) => ({
    shape: [1, SIDE, SIDE, 1],
    values: Float32Array.from({ length: PIXELS }, (_, i) => bytes.charCodeAt(n * PIXELS + i) / 255),
  }));
}
