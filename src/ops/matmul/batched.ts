import matmulShader from "../../../shaders/matmul/matmul.wgsl";
import type { MatmulAttributes } from "../../core/attributes.js";
import type { DeviceTraits, Launcher } from "../../core/operation.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Bindable, Storage } from "../../core/storage.js";
import { launchTranspose } from "../arrange/transpose.js";
import { TILED_GEMM } from "../conv/thresholds.js";
import { joinAxes } from "../kit/broadcast.js";
import { lanesFor } from "../kit/lanes.js";
import { launchSum } from "../kit/slicedSum.js";
import { slicesOfTerms } from "../kit/slices.js";
import type { MatmulOperands } from "./launch.js";

/** shaders/matmul/matmul has room for this many axes of a batch. */
const MOST_AXES = 4;

/** The joined axes of a batch, and their strides in matrices. */
interface BatchPlan {
  readonly extents: readonly number[];
  readonly aSteps: readonly number[];
  readonly bSteps: readonly number[];
}

/** Whether the kernel has room for the axes of a batch. */
export function fitsBatch(batchShape: Shape, aBatch: Shape, bBatch: Shape): boolean {
  return batchShape.length <= MOST_AXES || joinAxes(batchShape, [aBatch, bBatch]).length <= MOST_AXES;
}

export function planBatch({ batchShape, aBatch, bBatch }: MatmulAttributes): BatchPlan {
  const joined = joinAxes(batchShape, [aBatch, bBatch]);
  const stepsOf = (operand: number) => {
    let step = 1;
    const steps = joined.toReversed().map(({ extent, had }) => {
      if (!had[operand]) return 0;
      const own = step;
      step *= extent;
      return own;
    });
    return steps.reverse();
  };
  return { extents: joined.map(({ extent }) => extent), aSteps: stepsOf(0), bSteps: stepsOf(1) };
}

/**
 * Computes a product for each matrix of a batch. Factors that are stored transposed are transposed first. If a tensor
 * does not fit one binding, it launches chunks of the outermost of the batch's joined axes. Long sums are cut into slices.
 */
export function launchBatched(launcher: Launcher, g: MatmulAttributes, { a, b, bias, y }: MatmulOperands): void {
  const { m, n, k, relu } = g;
  const { extents, aSteps, bSteps } = planBatch(g);
  const [outer = 1, ...inner] = extents;
  const products = elementsOf(inner);
  const whole = {
    a: g.transposeA ? transposed(launcher, a, elementsOf(g.aBatch), m, k) : a,
    b: g.transposeB ? transposed(launcher, b, elementsOf(g.bBatch), k, n) : b,
  };
  // A factor is bound whole if it fits, because few of its matrices begin at an offset that a binding may have.
  const { maxBindingBytes } = launcher.traits;
  const cut: Record<string, Storage> = { y };
  for (const [name, steps] of [
    ["a", aSteps],
    ["b", bSteps],
  ] as const) {
    if (steps[0] !== 0 && whole[name].bytes > maxBindingBytes) cut[name] = whole[name];
  }
  const params = batchParams(extents, aSteps, bSteps);
  const firstOf = (name: "a" | "b", first: number, steps: readonly number[]) =>
    name in cut ? 0 : first * (steps[0] ?? 0);
  launcher.forEachBatch(outer, cut, (chunk, count, first) => {
    const matrices = count * products;
    const elements = matrices * m * n;
    const { slices, stepsPerSlice } = slicesOfSum(k, elements, launcher.traits);
    const partial = slices > 1 ? launcher.workspace(slices * elements) : undefined;
    const { constants, invocations } = planProduct(m, n, k, slices * matrices, launcher.traits);
    const firsts = { aFirst: firstOf("a", first, aSteps), bFirst: firstOf("b", first, bSteps) };
    launcher.launch({
      shader: matmulShader,
      constants: { ...constants, SLICED: slices > 1, HAS_BIAS: !partial && bias !== undefined, RELU: !partial && relu },
      params: [{ m, n, k, ...firsts, products: matrices, stepsPerSlice }, params],
      // A binding cannot stay empty. Without a bias, the kernel does not read this one.
      bindings: { ...whole, bias: bias ?? chunk["b"] ?? whole.b, ...chunk, ...(partial && { y: partial }) },
      invocations,
      work: 2 * matrices * m * n * k,
    });
    const total = chunk["y"];
    if (partial && total) launchSum(launcher, { slices, elements, partial, total, bias, relu, channels: n });
  });
}

/** A larger workspace takes more memory than its slices gain in accuracy. */
const MOST_WORKSPACE_BYTES = 2 ** 28;

/** Terms of a step of the kernel. */
const STEP = 16;

/** The slices of a sum of k terms, for so many elements of y. */
function slicesOfSum(k: number, elements: number, { maxBindingBytes }: DeviceTraits) {
  const steps = Math.ceil(k / STEP);
  const affordable = Math.floor(Math.min(MOST_WORKSPACE_BYTES, maxBindingBytes) / (4 * elements));
  const stepsPerSlice = Math.ceil(steps / Math.max(1, Math.min(slicesOfTerms(k), affordable)));
  return { slices: Math.ceil(steps / stepsPerSlice), stepsPerSlice };
}

function batchParams(extents: readonly number[], aSteps: readonly number[], bSteps: readonly number[]) {
  const params: Record<string, number> = {};
  // Missing axes go before the outermost one.
  const missing = MOST_AXES - extents.length;
  for (let axis = 0; axis < MOST_AXES; axis++) {
    params[`batch${axis}`] = extents[axis - missing] ?? 1;
    params[`aStep${axis}`] = aSteps[axis - missing] ?? 0;
    params[`bStep${axis}`] = bSteps[axis - missing] ?? 0;
  }
  return params;
}

/** The rows and lanes that an invocation computes, strip by strip. */
const STRIPS = { software: { rows: 8, lanes: 2, workgroup: 16 }, gpu: { rows: 4, lanes: 1, workgroup: 64 } } as const;

/** The constants of the kernel for products of m × k by k × n, and its invocations. */
function planProduct(m: number, n: number, k: number, products: number, traits: DeviceTraits) {
  const lanes = lanesFor(n);
  const common = { FOURS: lanes === 4, K_FOURS: k % 4 === 0 };
  const { fewest, largeTile, smallTile, workgroupsWanted } = TILED_GEMM;
  const { channels, terms } = fewest.conv2d;
  if (!traits.software && lanes === 4 && n >= channels && m >= channels / 2 && k >= terms) {
    const workgroupsOf = (side: number) => Math.ceil(m / side) * Math.ceil(n / side) * products;
    const isLarge = Math.min(m, n) > smallTile && workgroupsOf(largeTile) >= workgroupsWanted;
    const side = isLarge ? largeTile : smallTile;
    const constants = { TILED: true, WORKGROUP_SIZE: 2 * side, TILE_M: side / 32, TILE_N: 1 };
    return { constants: { ...common, ...constants }, invocations: workgroupsOf(side) * constants.WORKGROUP_SIZE };
  }
  const most = traits.software ? STRIPS.software : STRIPS.gpu;
  const rows = powerOfTwo(Math.min(most.rows, m));
  const columns = powerOfTwo(Math.min(most.lanes, n / lanes));
  return {
    constants: { ...common, TILED: false, WORKGROUP_SIZE: most.workgroup, TILE_M: rows, TILE_N: columns },
    invocations: Math.ceil(m / rows) * Math.ceil(n / lanes / columns) * products,
  };
}

/** The largest power of two that is not above `value`. With powers of two, few kernels serve all extents. */
function powerOfTwo(value: number): number {
  return 2 ** Math.floor(Math.log2(value));
}

/** The matrices of x [matrices, columns, rows] as [matrices, rows, columns]. */
function transposed(launcher: Launcher, x: Storage, matrices: number, rows: number, columns: number): Storage {
  const y = launcher.workspace(x.elements);
  launcher.forEachBatch(matrices, { x, y }, (chunk: { readonly x: Bindable; readonly y: Bindable }, count) =>
    launchTranspose(launcher, [count, rows, columns], [rows * columns, 1, rows], chunk),
  );
  return y;
}
