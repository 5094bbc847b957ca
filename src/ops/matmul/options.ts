import type { MatmulAttributes } from "../../core/attributes.js";
import { OptionError, ShapeError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";

export interface MatmulOptions {
  /** Whether `a` is stored transposed, [K, M]. False if left out. */
  readonly transposeA?: boolean | undefined;
  /** Whether `b` is stored transposed, [N, K]. False if left out. */
  readonly transposeB?: boolean | undefined;
  /** [N], added to every row. Ignored by `matmulBackward`. */
  readonly bias?: Tensor | undefined;
  /** Applied to the output; NaN stays NaN. "none" if left out; `matmulBackward` takes nothing else. */
  readonly activation?: "none" | "relu" | undefined;
}

/**
 * Reads the options of a product or its gradients, and the shapes against each other.
 *
 * @throws OptionError, ShapeError
 */
export function readMatmul(
  operator: string,
  pass: "forward" | "backward",
  a: Tensor,
  b: Tensor,
  options: MatmulOptions,
): MatmulAttributes {
  const reader = new OptionReader(operator, options, ["transposeA", "transposeB", "bias", "activation"]);
  const transposeA = reader.boolean("transposeA", false);
  const transposeB = reader.boolean("transposeB", false);
  const activation = reader.word("activation", ["none", "relu"], "none");
  if (pass === "backward" && activation !== "none") {
    throw new OptionError(
      `${operator}: activation is "${activation}", expected "none": its gradient needs the forward's output; apply it to dy first`,
    );
  }
  const [m, k] = extentsOf(operator, "a", a, transposeA);
  const [rows, n] = extentsOf(operator, "b", b, transposeB);
  const product = { m, n, k, transposeA, transposeB, relu: activation === "relu" };
  if (rows !== k) {
    throw new ShapeError(
      `${operator}: b has ${rows} rows, expected as many as a has columns, ${k} (${shapesOf(a, b, product)})`,
    );
  }
  return product;
}

/** The rows and columns of a factor in the product. They are exchanged if the factor is stored transposed. */
function extentsOf(operator: string, argument: string, { shape }: Tensor, transposed: boolean): [number, number] {
  const [rows, columns, ...rest] = shape;
  if (rows === undefined || columns === undefined || rest.length > 0) {
    throw new ShapeError(
      `${operator}: ${argument} has rank ${shape.length}, expected 2 (a matrix), got [${shape.join(", ")}]; use reshape to join or add axes`,
    );
  }
  return transposed ? [columns, rows] : [rows, columns];
}

/** Both factors for an error message. */
export function shapesOf(a: Tensor, b: Tensor, { transposeA, transposeB }: MatmulAttributes): string {
  const shown = (name: string, { shape }: Tensor, transposed: boolean) =>
    `${name} [${shape.join(", ")}]${transposed ? " transposed" : ""}`;
  return `${shown("a", a, transposeA)}, ${shown("b", b, transposeB)}`;
}
