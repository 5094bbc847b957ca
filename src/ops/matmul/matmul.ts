import { OptionError, OutOfMemoryError, ShapeError } from "../../core/errors.js";
import { type Conv2dGeometry, windowGeometry } from "../../core/geometry.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import type { MatmulGeometry } from "../../runtime/reference/matmul.js";
import type { DeviceTraits } from "../../core/operation.js";
import type { Storage } from "../../core/storage.js";
import { byteSize } from "../../core/byteSize.js";
import { launchTranspose, toLayout } from "../arrange/transpose.js";
import { launchBackwardFilter, launchBackwardInput } from "../conv/backward.js";
import { launchForward } from "../conv/forward.js";
import { beforeRelu } from "../elementwise/reluBackward.js";
import { checkTensors, execute } from "../kit/execute.js";
import type { Launcher } from "../../core/operation.js";
import { launchSum } from "../kit/slices.js";
import { reduceSum } from "../reduce/reduceSum.js";

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
 * The product of two matrices (WebNN's `matmul` and ONNX's `Gemm`, for two axes), with bias and activation.
 *
 *     y[m,n] = act(bias[n] + Σ_k a[m,k] · b[k,n])
 *
 * @param a float32 [M, K], or [K, M] with `transposeA`
 * @param b float32 [K, N], or [N, K] with `transposeB`
 * @returns float32 [M, N]
 * @throws OptionError, ShapeError, BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const bias = options?.bias;
  const backend = checkTensors("matmul", { a, b, bias }, ["bias"]);
  const { geometry, relu } = readMatmul("matmul", "forward", a, b, options);
  const { m, n, k } = geometry;
  if (bias && (bias.shape.length !== 1 || bias.size !== n)) {
    throw new ShapeError(
      `matmul: bias is [${bias.shape.join(", ")}], expected one value for each column, [${n}] (${shapesOf(a, b, geometry)})`,
    );
  }
  return backend.tidy(() => {
    const g = { ...geometry, ...storedFor(geometry) };
    return execute({
      name: "matmul",
      inputs: {
        a: g.transposeA === geometry.transposeA ? a : toLayout(a, "km", "mk"),
        b: g.transposeB === geometry.transposeB ? b : toLayout(b, "nk", "kn"),
        bias,
      },
      outputs: { y: [m, n] },
      gpu: (launcher, { a, b, bias }, { y }) => launchMatmul(launcher, g, relu, { a, b, bias, y }),
      cpu: ({ a, b, bias }, { y }, twins) => twins.matmul(g, relu, a, b, bias, y),
      terms: k + (bias ? 1 : 0),
      linearIn: ["a", "b", "bias"],
      rectifies: relu,
      backward(call) {
        const { a, b } = call.inputs;
        const { wants } = call;
        const dy = relu ? beforeRelu(call) : call.gradient("y");
        return {
          a: wants("a") ? gradientOfA(b, dy, g) : undefined,
          b: wants("b") ? gradientOfB(a, dy, g) : undefined,
          bias: wants("bias") ? reduceSum(dy, { axes: [0] }) : undefined,
        };
      },
    }).y;
  });
}

interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** dy · Bᵀ, stored as A is. */
export function gradientOfA(b: Tensor, dy: Tensor, { transposeA, transposeB }: Transposition): Tensor {
  return transposeA
    ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
    : matmul(dy, b, { transposeB: !transposeB });
}

/** Aᵀ · dy, stored as B is. */
export function gradientOfB(a: Tensor, dy: Tensor, { transposeA, transposeB }: Transposition): Tensor {
  return transposeB
    ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
    : matmul(a, dy, { transposeA: !transposeA });
}

/**
 * How the factors are best stored. One of a single row or column is not transposed: it only takes another shape. Of Aᵀ·Bᵀ, which has no kernels,
 * the smaller factor is.
 */
function storedFor(g: MatmulGeometry): Pick<MatmulGeometry, "transposeA" | "transposeB"> {
  const transposeA = g.transposeA && g.m > 1 && g.k > 1;
  const transposeB = g.transposeB && g.n > 1 && g.k > 1;
  if (!(transposeA && transposeB)) return { transposeA, transposeB };
  return { transposeA: g.m > g.n, transposeB: g.m <= g.n };
}

interface MatmulBindings {
  readonly a: Storage;
  readonly b: Storage;
  readonly bias: Storage | undefined;
  readonly y: Storage;
}

/**
 * A product of matrices is a convolution of one tap, and its three forms are that convolution's three passes: A·B the forward, A·Bᵀ the gradient of
 * the input, Aᵀ·B that of the filter.
 */
function launchMatmul(launcher: Launcher, g: MatmulGeometry, relu: boolean, { a, b, bias, y }: MatmulBindings): void {
  const { m, n, k } = g;
  if (!g.transposeA && b.bytes > launcher.traits.maxBindingBytes) {
    throw new OutOfMemoryError(
      `matmul: b takes ${byteSize(b.bytes)}, one binding of this device holds ${byteSize(launcher.traits.maxBindingBytes)}; split its columns, or ask for a device with a larger maxStorageBufferBindingSize`,
    );
  }
  if (g.transposeB && isSoonerTurned(g, launcher.traits)) {
    const turned = launcher.workspace(k * n);
    launchTranspose(launcher, [1, 1, k, n], [0, 0, 1, k], { x: b, y: turned });
    launchMatmul(launcher, { ...g, transposeB: false }, relu, { a, b: turned, bias, y });
    return;
  }
  if (!(g.transposeA || g.transposeB)) {
    launcher.forEachBatch(m, { a, y }, (chunk, rows) => {
      const product = oneTap({ rows: 1, columns: rows, c: k, k: n });
      launchForward(launcher, product, { x: chunk.a, w: b, bias, y: chunk.y }, { relu, algorithm: "auto" });
    });
    return;
  }
  // What only the forward's kernels do to their sums, a second dispatch does to those of the gradients' kernels.
  const unfinished = bias !== undefined || relu;
  const total = unfinished ? launcher.workspace(m * n) : y;
  if (g.transposeA) {
    const columns = columnsOf(k, Math.max(a.bytes, b.bytes), launcher.traits);
    const product = oneTap({ rows: k / columns, columns, c: m, k: n });
    launchBackwardFilter(launcher, product, { x: a, dy: b, dw: total }, "auto");
  } else {
    launcher.forEachBatch(m, { a, total }, (chunk, rows) => {
      const product = oneTap({ rows: 1, columns: rows, c: n, k });
      launchBackwardInput(launcher, product, { dy: chunk.a, w: b, dx: chunk.total }, "auto");
    });
  }
  if (!unfinished) return;
  launcher.forEachBatch(m, { total, y }, (chunk, rows) => {
    const sum = { slices: 1, elements: rows * n, partial: chunk.total, total: chunk.y };
    launchSum(launcher, { ...sum, bias, relu, channels: n });
  });
}

/**
 * Whether A·Bᵀ is done sooner by transposing b and taking the forward's kernels: on a processor, in products that take as long as a few transposes. The
 * gradient's kernels take small tiles there, so as to be compiled soon; in larger products their tiles are as large.
 */
function isSoonerTurned({ m, n, k }: MatmulGeometry, traits: DeviceTraits): boolean {
  return traits.software && m >= FEWEST_ROWS_TURNED && m * n * k <= MOST_PRODUCTS_TURNED;
}

const FEWEST_ROWS_TURNED = 8;
const MOST_PRODUCTS_TURNED = 2e7;

/**
 * Columns of an image whose pixels are the terms of Aᵀ·B: of its rows the sum is cut in slices, and in what one binding holds.
 *
 * @param bytes of the larger factor
 */
function columnsOf(k: number, bytes: number, traits: DeviceTraits): number {
  // The kernels for processors take four columns at a time, those for GPUs any pixels of a slice.
  const columns = [16, 12, 8, 4].find((columns) => k % columns === 0);
  if (columns !== undefined) return columns;
  return traits.software && bytes <= traits.maxBindingBytes ? k : 1;
}

/** A convolution of one tap over one image, or over `rows` images of one row each. */
function oneTap(extents: { rows: number; columns: number; c: number; k: number }): Conv2dGeometry {
  const { rows, columns, c, k } = extents;
  const window = {
    window: [1, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padding: [0, 0, 0, 0],
    rounding: "floor",
  } as const;
  return windowGeometry("matmul", { n: rows, h: 1, w: columns, c }, window, k, 1);
}

/** Reads the options of a product or its gradients, and the shapes against each other. @throws OptionError, ShapeError */
export function readMatmul(
  operator: string,
  pass: "forward" | "backward",
  a: Tensor,
  b: Tensor,
  options: MatmulOptions,
): { readonly geometry: MatmulGeometry; readonly relu: boolean } {
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
  const geometry = { m, n, k, transposeA, transposeB };
  if (rows !== k) {
    throw new ShapeError(
      `${operator}: b has ${rows} rows, expected as many as a has columns, ${k} (${shapesOf(a, b, geometry)})`,
    );
  }
  return { geometry, relu: activation === "relu" };
}

/** Rows and columns of a matrix, as it stands in the product. */
function extentsOf(operator: string, argument: string, { shape }: Tensor, transposed: boolean): [number, number] {
  const [rows, columns, ...rest] = shape;
  if (rows === undefined || columns === undefined || rest.length > 0) {
    throw new ShapeError(
      `${operator}: ${argument} has rank ${shape.length}, expected 2 (a matrix), got [${shape.join(", ")}]; use reshape to join or add axes`,
    );
  }
  return transposed ? [columns, rows] : [rows, columns];
}

function shapesOf(a: Tensor, b: Tensor, { transposeA, transposeB }: MatmulGeometry): string {
  const shown = (name: string, { shape }: Tensor, transposed: boolean) =>
    `${name} [${shape.join(", ")}]${transposed ? " transposed" : ""}`;
  return `${shown("a", a, transposeA)}, ${shown("b", b, transposeB)}`;
}
