import type { MatmulAttributes } from "../../core/attributes.js";
import { OptionError, ShapeError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { fitsBatch } from "./batched.js";

/** How the factors of a product are stored. */
export interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The options of {@link matmul} and {@link matmulBackward}. */
export interface MatmulOptions {
  /** Whether `a` is stored transposed, as [..., K, M]. False if left out. */
  readonly transposeA?: boolean | undefined;
  /** Whether `b` is stored transposed, as [..., N, K]. False if left out. */
  readonly transposeB?: boolean | undefined;
  /** float32 [N], added to every row. 0 if left out. Ignored by `matmulBackward`. */
  readonly bias?: Tensor | undefined;
  /** Applied to the output; NaN stays NaN. "none" if left out, and `matmulBackward` takes no other value. */
  readonly activation?: "none" | "relu" | undefined;
}

/**
 * Reads the options of a product or its gradients, and checks that the shapes fit each other.
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
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const stored = { m, n, k, transposeA, transposeB, aBatch, bBatch };
  if (rows !== k) {
    throw new ShapeError(
      `${operator}: b has ${rows} rows, expected ${k}, the columns of a (${shapesOf(a, b, stored)})`,
    );
  }
  const batchShape = batchOf(operator, aBatch, bBatch, () => shapesOf(a, b, stored));
  return { ...stored, batchShape, relu: activation === "relu" };
}

/**
 * The rows and columns of a factor's matrices in the product. Rows and columns are exchanged if the matrices are stored
 * transposed.
 */
function extentsOf(operator: string, argument: string, { shape }: Tensor, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2);
  if (rows === undefined || columns === undefined) {
    throw new ShapeError(
      `${operator}: ${argument} has rank ${shape.length}, expected at least 2 (a matrix), got [${shape.join(", ")}]; use reshape to add axes`,
    );
  }
  return transposed ? [columns, rows] : [rows, columns];
}

/**
 * The axes before the matrices, stretched to one shape as numpy broadcasts them.
 *
 * @param shown gives both factors for an error message
 */
function batchOf(operator: string, aBatch: Shape, bBatch: Shape, shown: () => string): Shape {
  const rank = Math.max(aBatch.length, bBatch.length);
  const batchShape = Array.from({ length: rank }, (_, axis) => {
    const a = aBatch[axis + aBatch.length - rank] ?? 1;
    const b = bBatch[axis + bBatch.length - rank] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      throw new ShapeError(
        `${operator}: axis ${axis - rank - 2} of b has the extent ${b}, expected ${a} as in a, or 1 (${shown()}); use reshape to add axes of extent 1`,
      );
    }
    return Math.max(a, b);
  });
  if (!fitsBatch(batchShape, aBatch, bBatch)) {
    throw new ShapeError(
      `${operator}: more than 4 runs of axes are stretched in turn (${shown()}); join axes with transpose and reshape`,
    );
  }
  return batchShape;
}

/** Both factors for an error message. */
export function shapesOf(a: Tensor, b: Tensor, { transposeA, transposeB }: Transposition): string {
  const shown = (name: string, { shape }: Tensor, transposed: boolean) =>
    `${name} [${shape.join(", ")}]${transposed ? " transposed" : ""}`;
  return `${shown("a", a, transposeA)}, ${shown("b", b, transposeB)}`;
}
