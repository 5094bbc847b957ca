import {
  depthToSpace,
  gather,
  gatherBackward,
  groupNormalization,
  groupNormalizationBackward,
  instanceNormalization,
  layerNormalization,
  layerNormalizationBackward,
  logSoftmax,
  logSoftmaxBackward,
  matmul,
  matmulBackward,
  prelu,
  preluBackward,
  reduceMax,
  reduceMaxBackward,
  resample2d,
  resample2dBackward,
  spaceToDepth,
  type Tensor,
} from "webgpu-cnn";
import * as oracle from "../test/support/float64.js";

type Shape = readonly number[];

/** A call of an operator with an oracle. The bench needs to know nothing else about it. */
export interface OperatorCall {
  /** In ASCII, because users type it. */
  readonly name: string;
  /** The shapes of the inputs, by the names of the library's arguments. */
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly output: Shape;
  /** The input named `indices` has the integers below this number. */
  readonly classes?: number;
  /** Two for each multiply-add. Left out for operators without products of matrices. */
  readonly flops?: number;
  call(input: (name: string) => Tensor): Tensor;
  expected(input: (name: string) => oracle.Operand): oracle.Expected;
}

const IMAGES = [8, 28, 28, 64] as const;
const LARGE_IMAGES = [8, 56, 56, 64] as const;
const TOKENS = [8, 256, 192] as const;
const SCORES = [4096, 100] as const;
const HEADS = { a: [4, 4, 128, 64], b: [4, 4, 64, 128], y: [4, 4, 128, 128] } as const;
const FLOPS_OF_HEADS = 2 * 4 * 4 * 128 * 64 * 128;
const LINEAR = { sizes: [56, 56], mode: "linear" } as const;
const GROUPS = { groups: 8 } as const;
const ROWS = { table: [256, 64], indices: [2048], y: [2048, 64] } as const;
const LAST_AXIS = { axes: [-1] } as const;
const BLOCKS = { blockSize: 2 } as const;
const WIDE = [8, 56, 56, 16] as const;

/** The operators that have no case of their own kind. */
export const OPERATOR_CALLS: readonly OperatorCall[] = [
  {
    name: "resample2d linear forward",
    inputs: { x: IMAGES },
    output: LARGE_IMAGES,
    call: (input) => resample2d(input("x"), LINEAR),
    expected: (input) => oracle.resample2d(input("x"), LINEAR),
  },
  {
    name: "resample2d linear gradient",
    inputs: { dy: LARGE_IMAGES },
    output: IMAGES,
    call: (input) => resample2dBackward(IMAGES, input("dy"), LINEAR),
    expected: (input) => oracle.resample2dBackward(IMAGES, input("dy"), LINEAR),
  },
  {
    name: "layerNormalization forward",
    inputs: { x: TOKENS },
    output: TOKENS,
    call: (input) => layerNormalization(input("x"), LAST_AXIS),
    expected: (input) => oracle.layerNormalization(input("x"), LAST_AXIS),
  },
  {
    name: "layerNormalization gradient",
    inputs: { x: TOKENS, dy: TOKENS },
    output: TOKENS,
    call: (input) => layerNormalizationBackward(input("x"), input("dy"), LAST_AXIS).dx,
    expected: (input) => oracle.layerNormalizationBackward(input("x"), input("dy"), LAST_AXIS).dx,
  },
  {
    name: "groupNormalization forward",
    inputs: { x: IMAGES },
    output: IMAGES,
    call: (input) => groupNormalization(input("x"), GROUPS),
    expected: (input) => oracle.groupNormalization(input("x"), GROUPS),
  },
  {
    name: "groupNormalization gradient",
    inputs: { x: IMAGES, dy: IMAGES },
    output: IMAGES,
    call: (input) => groupNormalizationBackward(input("x"), input("dy"), GROUPS).dx,
    expected: (input) => oracle.groupNormalizationBackward(input("x"), input("dy"), GROUPS).dx,
  },
  {
    name: "instanceNormalization forward",
    inputs: { x: IMAGES },
    output: IMAGES,
    call: (input) => instanceNormalization(input("x")),
    expected: (input) => oracle.instanceNormalization(input("x")),
  },
  {
    name: "matmul batch forward",
    inputs: { a: HEADS.a, b: HEADS.b },
    output: HEADS.y,
    flops: FLOPS_OF_HEADS,
    call: (input) => matmul(input("a"), input("b")),
    expected: (input) => oracle.matmul(input("a"), input("b")),
  },
  {
    name: "matmul batch gradient of a",
    inputs: { a: HEADS.a, b: HEADS.b, dy: HEADS.y },
    output: HEADS.a,
    // The call computes both gradients.
    flops: 2 * FLOPS_OF_HEADS,
    call: (input) => matmulBackward(input("a"), input("b"), input("dy")).da,
    expected: (input) => oracle.matmulBackward(input("a"), input("b"), input("dy")).da,
  },
  {
    name: "gather forward",
    inputs: { x: ROWS.table, indices: ROWS.indices },
    output: ROWS.y,
    classes: ROWS.table[0],
    call: (input) => gather(input("x"), input("indices")),
    expected: (input) => oracle.gather(input("x"), input("indices"), 0),
  },
  {
    name: "gather gradient",
    inputs: { indices: ROWS.indices, dy: ROWS.y },
    output: ROWS.table,
    classes: ROWS.table[0],
    call: (input) => gatherBackward(ROWS.table, input("indices"), input("dy")),
    expected: (input) => oracle.gatherBackward(ROWS.table, input("indices"), input("dy"), 0),
  },
  {
    name: "depthToSpace",
    inputs: { x: IMAGES },
    output: WIDE,
    call: (input) => depthToSpace(input("x"), BLOCKS),
    expected: (input) => oracle.depthToSpace(input("x"), BLOCKS),
  },
  {
    name: "spaceToDepth",
    inputs: { x: WIDE },
    output: IMAGES,
    call: (input) => spaceToDepth(input("x"), BLOCKS),
    expected: (input) => oracle.spaceToDepth(input("x"), BLOCKS),
  },
  {
    name: "prelu forward",
    inputs: { x: IMAGES, slope: [64] },
    output: IMAGES,
    call: (input) => prelu(input("x"), input("slope")),
    expected: (input) => ofPrelu(input("x"), input("x"), input("slope")),
  },
  {
    name: "prelu gradient of x",
    inputs: { x: IMAGES, slope: [64], dy: IMAGES },
    output: IMAGES,
    call: (input) => preluBackward(input("x"), input("slope"), input("dy")).dx,
    expected: (input) => ofPrelu(input("x"), input("dy"), input("slope")),
  },
  {
    name: "reduceMax forward",
    inputs: { x: SCORES },
    output: SCORES.slice(0, 1),
    call: (input) => reduceMax(input("x"), LAST_AXIS),
    expected: (input) => oracle.reduceMax(input("x"), LAST_AXIS),
  },
  {
    name: "reduceMax gradient",
    inputs: { x: SCORES, dy: SCORES.slice(0, 1) },
    output: SCORES,
    call: (input) => reduceMaxBackward(input("x"), input("dy"), LAST_AXIS),
    expected: (input) => oracle.reduceMaxBackward(input("x"), input("dy"), LAST_AXIS),
  },
  {
    name: "logSoftmax forward",
    inputs: { x: SCORES },
    output: SCORES,
    call: (input) => logSoftmax(input("x")),
    expected: (input) => oracle.logSoftmax(input("x")),
  },
  {
    name: "logSoftmax gradient",
    inputs: { y: SCORES, dy: SCORES },
    output: SCORES,
    call: (input) => logSoftmaxBackward(input("y"), input("dy")),
    expected: (input) => oracle.logSoftmaxBackward(input("y"), input("dy")),
  },
];

/** `value` where x is positive, else `value` times the slope of its channel. */
function ofPrelu(x: oracle.Operand, value: oracle.Operand, slope: oracle.Operand): oracle.Expected {
  const result = new oracle.TermSums(x.shape);
  for (let i = 0; i < x.data.length; i++) {
    const factor = oracle.at(x.data, i) > 0 ? 1 : oracle.at(slope.data, i % slope.data.length);
    result.add(i, oracle.at(value.data, i) * factor);
  }
  return result;
}
