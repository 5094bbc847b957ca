import type { Work } from "../../commands/work.js";
import { DOT_PARAMETERS, type DotArguments, writeDots } from "./dots.js";
import type { Factors } from "./factors.js";
import type { PlannedProduct } from "./plannedProduct.js";
import { regionsOf } from "./regions.js";

/** Dot products of the rows of a with the columns of b. The terms of both lie in a row. */
export function planDots(work: Work, { m, n, k, a, b, runs }: Factors): PlannedProduct {
  const rows = m < 3 ? m : 4;
  const columns = Math.min(n, rows === 4 ? 2 : 4);
  return (parts, bias, floor) => {
    const hasBias = bias !== undefined;
    const program = work.program(`matmul dots ${rows} ${columns} ${hasBias}`, (module) =>
      writeDots(module, "dots", { rows, columns, hasBias }, work.relaxedSimd),
    );
    const jobs = parts.flatMap(({ term, terms, y }) =>
      regionsOf(runs, { rows: m, rowsOfTile: rows, columns: n, workPerColumn: terms }).map(
        ({ run, product, products, row, rows, column, columns }) => {
          const values: DotArguments = {
            a: a.address + 4 * ((run.a + product * run.aStep) * m * k + row * k + term),
            b: b.address + 4 * ((run.b + product * run.bStep) * n * k + column * k + term),
            y: y + 4 * (((run.first + product) * m + row) * n + column),
            bias: bias ? bias.address + 4 * column : 0,
            rows,
            columns,
            terms,
            products,
            aRow: 4 * k,
            bColumn: 4 * k,
            yRow: 4 * n,
            aProduct: 4 * run.aStep * m * k,
            bProduct: 4 * run.bStep * n * k,
            yProduct: 4 * m * n,
            floor,
          };
          return DOT_PARAMETERS.map((name) => values[name]);
        },
      ),
    );
    work.run(program.function("dots"), jobs);
  };
}
