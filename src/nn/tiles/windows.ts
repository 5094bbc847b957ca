/** A part of an axis: what goes in, and which part of that is kept. */
export interface Span {
  /** The first pixel that goes in. */
  readonly start: number;
  /** How many go in. */
  readonly size: number;
  /** The first pixel that is kept. */
  readonly keepStart: number;
  /** The pixel after the last that is kept. */
  readonly keepEnd: number;
}

/**
 * Cuts an axis into windows of one size. Each pixel is kept once. It is at least `overlap` away from the ends of its
 * window, unless these are the ends of the axis.
 *
 * @param length of the axis
 * @param multiple what every start is a multiple of. The last window is smaller if it must be
 */
export function spansOf(length: number, tile: number, overlap: number, multiple: number): readonly Span[] {
  if (length <= tile) return [{ start: 0, size: length, keepStart: 0, keepEnd: length }];
  const step = Math.floor((tile - 2 * overlap) / multiple) * multiple;
  const last = Math.ceil((length - tile) / multiple) * multiple;
  const count = Math.ceil(last / step) + 1;
  const starts = Array.from({ length: count }, (_, i) => Math.min(i * step, last));
  return starts.map((start, i) => {
    const isLast = i === count - 1;
    const keepStart = i === 0 ? 0 : (starts[i - 1] ?? 0) + tile - overlap;
    const keepEnd = isLast ? length : start + tile - overlap;
    return { start, size: Math.min(tile, length - start), keepStart, keepEnd };
  });
}
