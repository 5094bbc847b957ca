import { mulberry32, normalNumbers } from "../random.js";

/** Filters and biases of the two convolutions. They are not trained: some filters are classics of image processing, the others are random. */
export interface Weights {
  /** [5, 5, 1, 8], hwio */
  readonly w1: Float32Array;
  /** [8] */
  readonly b1: Float32Array;
  /** [3, 3, 8, 16], hwio */
  readonly w2: Float32Array;
  /** [16] */
  readonly b2: Float32Array;
}

export const FIRST_FILTER = { size: 5, count: 8 } as const;
export const SECOND_FILTER = { size: 3, count: 16 } as const;

/** The weight of a filter at (row, column), counted from its centre. */
type Kernel = (row: number, column: number) => number;

/** A Gaussian of variance 1, without a factor. */
const bell: Kernel = (row, column) => Math.exp(-(row ** 2 + column ** 2) / 2);

/** Finds edges whose brighter side is to the right, turned clockwise by `degrees`: the derivative of a Gaussian. */
function edge(degrees: number): Kernel {
  const angle = (degrees * Math.PI) / 180;
  return (row, column) => (column * Math.cos(angle) + row * Math.sin(angle)) * bell(row, column);
}

const CLASSICS: readonly { readonly name: string; readonly kernel: Kernel }[] = [
  { name: "blur", kernel: bell },
  { name: "outline", kernel: (row, column) => (2 - row ** 2 - column ** 2) * bell(row, column) },
  { name: "edge →", kernel: edge(0) },
  { name: "edge ↓", kernel: edge(90) },
  { name: "edge ↘", kernel: edge(45) },
  { name: "edge ↗", kernel: edge(-45) },
];

/** The names of the filters of the first convolution. */
export const FILTER_NAMES: readonly string[] = Array.from(
  { length: FIRST_FILTER.count },
  (_, k) => CLASSICS[k]?.name ?? `random ${k + 1 - CLASSICS.length}`,
);

/** The same weights on every machine and in every run. */
export function makeWeights(): Weights {
  const normal = normalNumbers(mulberry32(2024));
  return {
    w1: firstFilters(normal),
    // Slightly negative, so that an empty background stays empty after the ReLU.
    b1: new Float32Array(FIRST_FILTER.count).fill(-0.1),
    w2: he([SECOND_FILTER.size, SECOND_FILTER.size, FIRST_FILTER.count, SECOND_FILTER.count], normal),
    b2: Float32Array.from({ length: SECOND_FILTER.count }, () => 0.05 * normal()),
  };
}

function firstFilters(normal: () => number): Float32Array {
  const { size, count } = FIRST_FILTER;
  const weights = he([size, size, 1, count], normal);
  for (const [k, { kernel }] of CLASSICS.entries()) {
    const centre = (size - 1) / 2;
    const values = Array.from({ length: size * size }, (_, i) =>
      kernel(Math.floor(i / size) - centre, (i % size) - centre),
    );
    // Positive weights with the sum 1.5 give maps about as bright as those of the random filters.
    const positive = values.reduce((sum, value) => sum + Math.max(0, value), 0);
    for (const [i, value] of values.entries()) weights[i * count + k] = (1.5 * value) / positive;
  }
  return weights;
}

/** He's initialisation for layers that end in a ReLU: normal, with variance 2 / (size · size · inputs). */
function he([height, width, inputs, outputs]: readonly [number, number, number, number], normal: () => number) {
  const deviation = Math.sqrt(2 / (height * width * inputs));
  return Float32Array.from({ length: height * width * inputs * outputs }, () => deviation * normal());
}
