const LINE = 80;
/** Node puts this many levels of a value into one line, if they fit. */
const COMPACT_LEVELS = 3;
/** Longer lists become columns. */
const MOST_IN_A_ROW = 6;
const MOST_COLUMNS = 15;

export interface Layout {
  readonly open: string;
  readonly close: string;
  readonly indentation: number;
  /** How many levels of values the parts contain. */
  readonly levels: number;
  readonly isList: boolean;
  /** Whether all parts are numbers, which stand at the right of their column. */
  readonly numeric: boolean;
}

/** Puts the parts of a value into one line or several, by the rules of `util.inspect` of Node. */
export function layOut(
  parts: readonly string[],
  { open, close, indentation, levels, isList, numeric }: Layout,
): string {
  const rows = isList && parts.length > MOST_IN_A_ROW ? columns(parts, indentation, numeric) : parts;
  if (levels < COMPACT_LEVELS && rows.length === parts.length) {
    const characters = rows.reduce((sum, part) => sum + part.length + 1, rows.length + indentation + open.length + 10);
    const line = rows.join(", ");
    if (characters <= LINE && !line.includes("\n")) return `${open} ${line} ${close}`;
  }
  const start = `\n${" ".repeat(indentation)}`;
  return `${open}${start}  ${rows.join(`,${start}  `)}${start}${close}`;
}

function columns(parts: readonly string[], indentation: number, numeric: boolean): readonly string[] {
  const isCount = (part: string) => part.startsWith("... ");
  const items = parts.filter((part, i) => i < parts.length - 1 || !isCount(part));
  const lengths = items.map((part) => part.length);
  const total = lengths.reduce((sum, length) => sum + length + 2, 0);
  const longest = Math.max(...lengths);
  const width = longest + 2;
  if (width * 3 + indentation >= LINE || (total / width <= 5 && longest > MOST_IN_A_ROW)) return parts;

  const biased = Math.max(width - 3 - Math.sqrt(width - total / parts.length), 1);
  const count = Math.min(
    Math.round(Math.sqrt(2.5 * biased * items.length) / biased),
    Math.floor((LINE - indentation) / width),
    COMPACT_LEVELS * 4,
    MOST_COLUMNS,
  );
  if (count <= 1) return parts;
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...lengths.filter((_, i) => i % count === column)),
  );
  const rows: string[] = [];
  for (let first = 0; first < items.length; first += count) {
    const row = items.slice(first, first + count);
    const cells = row.map((item, column) => {
      const wide = widths[column] ?? 0;
      const isLast = column === row.length - 1;
      if (numeric) return isLast ? item.padStart(wide) : `${item}, `.padStart(wide + 2);
      return isLast ? item : `${item}, `.padEnd(wide + 2);
    });
    rows.push(cells.join(""));
  }
  return [...rows, ...parts.slice(items.length)];
}
