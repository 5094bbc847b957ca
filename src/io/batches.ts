import { OptionError, ShapeError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { RandomNumbers } from "../core/random.js";
import { checkShape, elementsOf, type Shape } from "../core/shape.js";

/** Examples with their labels, in the host's memory. */
export interface Dataset {
  /** Row-major values of `shape`. */
  readonly images: Float32Array | Uint8Array;
  /** [N, …], such as [60000, 28, 28, 1]: N examples. */
  readonly shape: Shape;
  /** N class numbers, or N rows of equal length. */
  readonly labels: Float32Array | Uint8Array | Int32Array;
}

export interface BatchesOptions {
  readonly batchSize: number;
  /** An integer from 0 to 2⁵³ − 1: the same seed and epoch give the same order on every machine. */
  readonly seed?: number;
  /** Default true. */
  readonly shuffle?: boolean;
  /** Which pass over the dataset this is, an integer from 0 (default) to 2³¹ − 1: each has an order of its own. */
  readonly epoch?: number;
  /**
   * Start at this batch, as if those before it had been had already: a run that was stopped goes on with the rest.
   * Default 0.
   */
  readonly firstBatch?: number;
  /** Leave out a last batch that is smaller than the others. Default false. */
  readonly dropLast?: boolean;
  /** x = scale · image + offset. Default 1/255 for bytes, so that x is in 0…1, and 1 for floats. */
  readonly scale?: number;
  /** Default 0. */
  readonly offset?: number;
}

/** Some examples, copied: the arrays are the caller's to keep, or to change. */
export interface Batch {
  /** Counts from 0 within the epoch, whatever the first batch was. */
  readonly index: number;
  /** Number of examples. */
  readonly size: number;
  /** Row-major values of `shape`. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [size, …] */
  readonly shape: Shape;
  /** `size` class numbers, or rows. */
  readonly labels: Float32Array<ArrayBuffer>;
}

/** One epoch's batches; walked again, they come again. */
export interface Batches extends Iterable<Batch> {
  /** How many the whole epoch has. */
  readonly count: number;
}

/** Of a seed's 2³² streams these are the epochs', so that the initial weights, say, take others. */
const FIRST_STREAM = 2 ** 31;

/**
 * Cuts one epoch of a dataset into batches, shuffled. While the caller waits for the GPU, the next batch is prepared.
 *
 * @example
 * for (const { x, shape, labels } of batches(train, { batchSize: 64, seed: 1, epoch })) {
 *   const loss = step(backend.tensor(x, shape), backend.tensor(labels)); // queues work, and returns
 *   console.log(await loss.read()); // meanwhile the next batch is made
 * }
 *
 * @throws OptionError; ShapeError where images, shape and labels disagree
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
      const order = orderOf(examples, shuffle ? new RandomNumbers(seed, FIRST_STREAM + epoch) : undefined);
      let ahead: Batch | undefined;
      for (let index = firstBatch; index < count; index++) {
        const batch = ahead ?? prepare(index, order);
        ahead = undefined;
        // The next batch is prepared while the caller waits for something. If the caller never waits, it is prepared on
        // demand.
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

/** 0 … size − 1, in this order or shuffled by Fisher and Yates. */
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
      `batches: dataset.labels has ${labels.length} values, expected ${examples}, one for each example, or as many rows`,
    );
  }
  return { images, shape, labels };
}
