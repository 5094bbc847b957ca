import type { Work } from "../../commands/work.js";
import { transpose } from "../arrange/transpose.js";
import type { Factors } from "./factors.js";
import { PANEL_COLUMNS, packPanels, panelElements } from "./panels.js";
import type { PlannedProduct } from "./plannedProduct.js";
import { regionsOf } from "./regions.js";
import { TILE_PARAMETERS, type TileArguments, type TileShape, writeTiles } from "./tiles.js";

/** The columns of a tile, by its rows. It has eight vectors. */
const COLUMNS_OF_TILE = { 1: 32, 2: 16, 4: 8 } as const;

/** The columns from `first` on: some panels of equal width. */
interface Strip {
  readonly first: number;
  readonly panels: number;
  readonly columns: number;
  readonly shape: Omit<TileShape, "transposeA" | "hasBias">;
}

/** Products of a's rows with panels of b's columns. */
export function planTiles(work: Work, factors: Factors): PlannedProduct {
  const { m, n, k, a, b, transposeA, runs } = withRowsOfA(work, factors);
  const packed = isPacked(factors);
  const rightFactor = packed ? packPanels(work, b, k, n, factors.transposeB) : b;
  const bMatrix = packed ? panelElements(k, n) : k * n;
  const [aRow, aTerm] = transposeA ? [1, m] : [k, 1];
  const bTerm = packed ? PANEL_COLUMNS : n;
  const bColumn = packed ? k : 1;
  return (parts, bias, floor) => {
    const hasBias = bias !== undefined;
    for (const { first, panels, columns, shape } of stripsOf(m, n, packed)) {
      const program = work.program(
        `matmul tiles ${Object.values(shape).join(" ")} ${transposeA} ${hasBias}`,
        (module) => writeTiles(module, "tiles", { ...shape, transposeA, hasBias }, work.relaxedSimd),
      );
      const jobs = parts.flatMap(({ term, terms, y }) =>
        regionsOf(runs, {
          rows: m,
          rowsOfTile: shape.rows,
          columns: panels,
          workPerColumn: terms * columns,
        }).map(({ run, product, products, row, rows, column: panel, columns: panels }) => {
          const column = first + panel * columns;
          const values: TileArguments = {
            a: a.address + 4 * ((run.a + product * run.aStep) * m * k + row * aRow + term * aTerm),
            b: rightFactor.address + 4 * ((run.b + product * run.bStep) * bMatrix + column * bColumn + term * bTerm),
            y: y + 4 * (((run.first + product) * m + row) * n + column),
            bias: bias ? bias.address + 4 * column : 0,
            rows,
            panels,
            terms,
            products,
            aStep: 4 * (transposeA ? aTerm : aRow),
            bTerm: 4 * bTerm,
            bPanel: 4 * columns * bColumn,
            yRow: 4 * n,
            aProduct: 4 * run.aStep * m * k,
            bProduct: 4 * run.bStep * bMatrix,
            yProduct: 4 * m * n,
            floor,
          };
          return TILE_PARAMETERS.map((name) => values[name]);
        }),
      );
      work.run(program.function("tiles"), jobs);
    }
  };
}

/**
 * A transposed copy of a pays from so many elements of a matrix on, if its cost is shared by so many columns. In a large
 * matrix that is stored [k, m], the terms of a row lie far apart, often in the same set of the cache.
 */
const COPY_OF_A = { elements: 2 ** 15, columns: 64 } as const;

/** The factors with a stored [m, k], if that pays. */
function withRowsOfA(work: Work, factors: Factors): Factors {
  const { m, n, k, a } = factors;
  if (!factors.transposeA || m * k <= COPY_OF_A.elements || n < COPY_OF_A.columns) return factors;
  const copy = work.workspace(a.elements);
  const attributes = { extents: [a.elements / (m * k), m, k], strides: [m * k, 1, m] };
  transpose(work, attributes, { x: a }, { y: copy });
  return { ...factors, a: copy, transposeA: false };
}

/** A copy of b pays for many rows, unless b is small anyway. */
const COPY_OF_B = { rows: 12, elements: 2 ** 11 } as const;

/** Whether b is copied into panels. */
function isPacked({ m, n, k, transposeB }: Factors): boolean {
  return transposeB || (m >= COPY_OF_B.rows && n > PANEL_COLUMNS && k * n > COPY_OF_B.elements);
}

/** Panels that are as wide as a tile, and a narrow one for the rest of the columns. */
function stripsOf(m: number, n: number, packed: boolean): readonly Strip[] {
  const rows = packed || m > 2 ? 4 : m === 2 ? 2 : 1;
  const columns = COLUMNS_OF_TILE[rows];
  const [panels, rest] = [Math.floor(n / columns), n % columns];
  const strips: Strip[] = [];
  if (panels > 0) {
    strips.push({ first: 0, panels, columns, shape: { rows, vectors: columns / 4, lanes: 4, packed } });
  }
  if (rest > 0) {
    const vectors = Math.ceil(rest / 4);
    const shape = { rows: rows === 4 && vectors === 1 ? 6 : rows, vectors, lanes: rest - 4 * (vectors - 1), packed };
    strips.push({ first: n - rest, panels: 1, columns: rest, shape });
  }
  return strips;
}
