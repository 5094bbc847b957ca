import { OptionError, ShapeError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { RandomNumbers } from "../core/random.js";
import { checkShape, elementsOf, type Shape } from "../core/shape.js";

/** Examples with their labels, in the host's memory. */
export interface Dataset {
  /** The values of `shape`, in row-major order. */
  readonly images: Float32Array | Uint8Array;
  /** [N, …], such as [60000, 28, 28, 1]: N examples. */
  readonly shape: Shape;
  /** N class numbers, or N rows of the same length. */
  readonly labels: Float32Array | Uint8Array | Int32Array;
}

/** The options of `batches`. */
export interface BatchesOptions {
  /** The number of examples in a batch, an integer ≥ 1. Required. */
  readonly batchSize: number;
  /** An integer from 0 to 2⁵³ − 1. The same seed and epoch give the same order on every machine. */
  readonly seed?: number;
  /** Whether the examples are shuffled. True if left out. */
  readonly shuffle?: boolean;
  /**
   * The number of the pass over the dataset, an integer from 0 to 2³¹ − 1. Each epoch has another order. 0 if left out.
   */
  readonly epoch?: number;
  /**
   * The number of the first batch. A training that was stopped in the middle of an epoch continues with the rest of it.
   * 0 if left out.
   */
  readonly firstBatch?: number;
  /** Whether a last batch that is smaller than the others is left out. False if left out. */
  readonly dropLast?: boolean;
  /**
   * The factor in x = scale · image + offset. If left out, it is 1/255 for bytes, which gives values from 0 to 1, and 1
   * for floats.
   */
  readonly scale?: number;
  /** The offset in the same equation. 0 if left out. */
  readonly offset?: number;
}

/** Some examples. The arrays are copies. The caller may keep and change them. */
export interface Batch {
  /** The number of the batch within the whole epoch, from 0 on. */
  readonly index: number;
  /** The number of examples. */
  readonly size: number;
  /** The values of `shape`, in row-major order. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [size, …] */
  readonly shape: Shape;
  /** `size` class numbers, or rows. */
  readonly labels: Float32Array<ArrayBuffer>;
}

/** The batches of one epoch. Each iteration gives the same batches again. */
export interface Batches extends Iterable<Batch> {
  /** The number of batches in the whole epoch. */
  readonly count: number;
}

/**
 * A seed has 2³² streams of random numbers. Epochs use those from this number on. The other streams are for other uses,
 * such as initial weights.
 */
const FIRST_STREAM = 2 ** 31;

/**
 * Cuts one epoch of a dataset into shuffled batches. The next batch is prepared while the caller waits for the GPU.
 *
 * @example
 * ```ts
 * const dataset = { images: new Uint8Array([0, 51, 102, 153, 204, 255]), shape: [3, 2], labels: Uint8Array.of(7, 8, 9) };
 * for (const { x, shape, labels } of batches(dataset, { batchSize: 2, shuffle: false })) {
 *   console.log(await backend.tensor(x, shape).read(), labels);
 * }
 * ```
 *
 * @param dataset images [N, …] with their shape and labels, in the host's memory
 * @param options `batchSize` is required
 * @returns the batches, float32, to iterate over
 * @throws OptionError if an option or an array of the dataset is invalid; ShapeError if images, shape and labels do not
 * fit each other
 */
export function batches(dataset: Dataset, options: BatchesOptions): Batches {
  const { images, shape, labels } = checkDataset(dataset);
  const reader = new OptionReader("batches", options, [
    "batchSize",
    "seed",
    "shuffle",
    "epoch",
    "firstBatch",
    "dropLast",
    "scale",
    "offset",
  ]);
  const batchSize = reader.integer("batchSize", 1);
  const seed = reader.integer("seed", 0, 0);
  const shuffle = reader.boolean("shuffle", true);
  const epoch = reader.integer("epoch", 0, 0);
  const firstBatch = reader.integer("firstBatch", 0, 0);
  const dropLast = reader.boolean("dropLast", false);
  const scale = reader.number("scale", images instanceof Uint8Array ? 1 / 255 : 1);
  const offset = reader.number("offset", 0);
  if (epoch >= FIRST_STREAM) throw new OptionError(`batches: epoch is ${epoch}, expected an integer < 2³¹`);

  const [examples = 0, ...exampleShape] = shape;
  const count = dropLast ? Math.floor(examples / batchSize) : Math.ceil(examples / batchSize);
  const [imageSize, labelSize] = [elementsOf(exampleShape), labels.length / examples];

  function prepare(index: number, order: Uint32Array): Batch {
    const chosen = order.subarray(index * batchSize, (index + 1) * batchSize);
    const x = new Float32Array(chosen.length * imageSize);
    const chosenLabels = new Float32Array(chosen.length * labelSize);
    chosen.forEach((example, i) => {
      const image = images.subarray(example * imageSize, (example + 1) * imageSize);
      normalise(image, x.subarray(i * imageSize, (i + 1) * imageSize), scale, offset);
      chosenLabels.set(labels.subarray(example * labelSize, (example + 1) * labelSize), i * labelSize);
    });
    return { index, size: chosen.length, x, shape: [chosen.length, ...exampleShape], labels: chosenLabels };
  }

  return {
    count,
    *[Symbol.iterator]() {
      const order = epochOrder(examples, epoch, shuffle, seed);
      let ahead: Batch | undefined;
      for (let index = firstBatch; index < count; index++) {
        const batch = ahead ?? prepare(index, order);
        ahead = undefined;
        // The next batch is prepared while the caller waits for something. If the caller does not wait, it is prepared
        // when the caller asks for it.
        const timer = index + 1 < count && setTimeout(() => (ahead = prepare(index + 1, order)));
        try {
          yield batch;
        } finally {
          if (timer !== false) clearTimeout(timer);
        }
      }
    },
  };
}

function normalise(image: Float32Array | Uint8Array, x: Float32Array, scale: number, offset: number): void {
  for (let i = 0; i < x.length; i++) x[i] = scale * (image[i] ?? 0) + offset;
}

/** @internal The order of an epoch's examples. */
export function epochOrder(size: number, epoch: number, shuffle: boolean, seed: number): Uint32Array {
  return orderOf(size, shuffle ? new RandomNumbers(seed, FIRST_STREAM + epoch) : undefined);
}

/** The numbers 0 … size − 1, in this order, or shuffled by the algorithm of Fisher and Yates. */
function orderOf(size: number, random: RandomNumbers | undefined): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  if (!random) return order;
  for (let i = size - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

function checkDataset(dataset: Dataset): Dataset {
  const { images, shape: given, labels }: { images?: unknown; shape?: unknown; labels?: unknown } = dataset ?? {};
  if (!(images instanceof Float32Array || images instanceof Uint8Array)) {
    throw new OptionError(`batches: dataset.images must be a Float32Array or a Uint8Array, got ${show(images)}`);
  }
  if (!(labels instanceof Float32Array || labels instanceof Uint8Array || labels instanceof Int32Array)) {
    throw new OptionError(
      `batches: dataset.labels must be a Float32Array, a Uint8Array or an Int32Array, got ${show(labels)}`,
    );
  }
  const shape = checkShape("batches", "dataset.shape", given);
  const [examples] = shape;
  if (examples === undefined || elementsOf(shape) !== images.length) {
    throw new ShapeError(
      `batches: dataset.images has ${images.length} values, expected ${elementsOf(shape)} for shape [${shape.join(", ")}], examples first`,
    );
  }
  if (labels.length === 0 || labels.length % examples !== 0) {
    throw new ShapeError(
      `batches: dataset.labels has ${labels.length} values, expected ${examples} class numbers, or ${examples} rows of the same length`,
    );
  }
  return { images, shape, labels };
}
