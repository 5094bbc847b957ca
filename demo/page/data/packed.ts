/** Pictures as bytes, [N, H, W, C], and the numbers of their classes. */
export interface Labelled {
  readonly images: Uint8Array<ArrayBuffer>;
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  readonly labels: Uint8Array<ArrayBuffer>;
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/**
 * Cuts a file of tools/page-data-plugin.ts into its parts.
 *
 * @param bytes the file, without gzip
 * @param counts of the items in it
 */
export function unpackItems(
  bytes: Uint8Array,
  counts: { readonly train: number; readonly test: number },
): { readonly train: Labelled; readonly test: Labelled } {
  return { train: part(bytes, 0, counts.train), test: part(bytes, counts.train * (PIXELS + 1), counts.test) };
}

function part(bytes: Uint8Array, start: number, count: number): Labelled {
  const pixels = start + count;
  return {
    labels: bytes.slice(start, pixels),
    images: bytes.slice(pixels, pixels + count * PIXELS),
    shape: [count, SIDE, SIDE, 1],
  };
}
