/** A number of tiles of the same size. */
export interface Tiles {
  readonly pixels: number;
  readonly count: number;
}

/** A row of pixels in tiles of at most `most`, as even as possible: seven pixels are a tile of four and one of three. */
export function evenTiles(pixels: number, most: number): readonly Tiles[] {
  const tiles = Math.ceil(pixels / most);
  const small = Math.floor(pixels / tiles);
  const large = pixels - small * tiles;
  return [
    { pixels: small + 1, count: large },
    { pixels: small, count: tiles - large },
  ].filter(({ count }) => count > 0);
}
