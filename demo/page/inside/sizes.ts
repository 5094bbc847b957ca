/** How large maps and tables are, for the width that there is. Every number of a map takes whole pixels. */

/** Of the row of tables: one sign between two of them. */
const SIGN = 32;
const GAP = 48;
/** The narrowest cell for "−0.34", and for "−.34". */
const CELL = 38;
const SMALL_CELL = 31;
/** In which it has some space around it. */
const ROOMY_CELL = 40;
const MOST_SCALE = 16;

/** Pixels for each number of a map that is `cells` wide and may be `most` pixels wide. */
export const scaleFor = (cells: number, most: number, mostScale = MOST_SCALE): number =>
  Math.max(1, Math.min(mostScale, Math.floor(most / cells)));

export interface ConvSizes {
  /** "wide": what is read, the tables and what is made, side by side. "middle": what is made comes below. "narrow": both maps come first. */
  readonly form: "wide" | "middle" | "narrow";
  /** The three tables: in a row, two of them side by side, or all below one another. */
  readonly tables: "row" | "pairs" | "single";
  readonly read: number;
  readonly made: number;
  /** The width of a table's cell. */
  readonly cell: number;
  /** Whether numbers need a short form. */
  readonly small: boolean;
}

/** @param read the cells of a row of the map that is read, with its padding */
export function convSizes(width: number, size: number, read: number, made: number): ConvSizes {
  const tables = (cell: number) => 3 * size * cell + 2 * SIGN;
  for (const [mostRead, mostMade, cell] of [
    [320, 224, 40],
    [288, 224, CELL],
    [260, 196, CELL],
  ] as const) {
    const scales = { read: scaleFor(read, mostRead), made: scaleFor(made, mostMade) };
    const needed = read * scales.read + tables(cell) + Math.max(made * scales.made, 200) + 2 * GAP;
    if (needed <= width) return { form: "wide", tables: "row", ...scales, cell, small: false };
  }
  for (const most of [320, 260]) {
    const scale = scaleFor(read, most);
    if (read * scale + tables(CELL) + GAP <= width) {
      return { form: "middle", tables: "row", read: scale, made: scaleFor(made, 224), cell: CELL, small: false };
    }
  }
  const half = Math.floor((width - 16) / 2);
  const scales = { read: scaleFor(read, Math.min(half, 320)), made: scaleFor(made, Math.min(half, 320)) };
  if (tables(CELL) <= width) return { form: "narrow", tables: "row", ...scales, cell: CELL, small: false };
  const pair = Math.floor((width - 18) / (2 * size));
  if (pair >= SMALL_CELL) {
    return { form: "narrow", tables: "pairs", ...scales, cell: Math.min(pair, CELL), small: pair < CELL };
  }
  return { form: "narrow", tables: "single", ...scales, cell: Math.min(CELL, Math.floor(width / size)), small: false };
}

export interface BackwardSizes {
  /** "wide": five columns, from right to left. "pairs": two beside one another. "narrow": all below one another; with "single", its two tables too. */
  readonly form: "wide" | "pairs" | "narrow" | "narrow single";
  /** The most pixels for the maps of a column. */
  readonly map: number;
  /** The most pixels for what the convolution reads. */
  readonly read: number;
  /** The width of a table's cell. */
  readonly cell: number;
  readonly small: boolean;
}

/** The column of the loss, and the space between two columns. The style sheet says the same. */
const LOSS = 228;
const BETWEEN = 24;
/** The narrowest column in which an equation has room, and the widest that a map fills. */
const COLUMN = [140, 196] as const;

/** The narrowest half of a convolution: words stand above its tables. */
const HALF = 168;

/** Room for a convolution's table and the words above it, side by side with another. */
export const halfOf = (size: number, cell: number) => Math.max(size * cell, HALF);

/** @param maps the columns that are a map with some numbers below it */
export function backwardSizes(width: number, size: number, maps: number): BackwardSizes {
  const tables = (cell: number) => 2 * halfOf(size, cell) + 16;
  for (const cell of [ROOMY_CELL, 36, SMALL_CELL]) {
    const map = Math.floor((width - tables(cell) - LOSS - (maps + 1) * BETWEEN) / maps);
    if (map < COLUMN[0]) continue;
    return {
      form: "wide",
      map: Math.min(map, COLUMN[1]),
      read: Math.min(map, halfOf(size, cell)),
      cell,
      small: cell < ROOMY_CELL,
    };
  }
  if (width >= 640) {
    const cell = ROOMY_CELL;
    return { form: "pairs", map: 196, read: Math.min(308, Math.floor((width - 24) / 2)), cell, small: false };
  }
  const pair = Math.floor((width - 16) / (2 * size));
  if (pair >= SMALL_CELL) {
    const cell = Math.min(pair, CELL);
    return { form: "narrow", map: 168, read: Math.floor((width - 16) / 2), cell, small: pair < CELL };
  }
  const cell = Math.min(CELL, Math.floor(width / size));
  return { form: "narrow single", map: 168, read: Math.min(size * cell, width), cell, small: false };
}
