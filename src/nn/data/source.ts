import { OptionError, show } from "../../core/errors.js";
import { epochOrder } from "../../io/batches.js";
import { type Augmentation, augmented } from "./augment.js";
import { batchOf, type Dataset, type ExampleBatch, type Examples, type Ports, readDataset } from "./dataset.js";
import { fingerprint } from "./fingerprint.js";

/**
 * A dataset that does not fit into memory: a stream of batches. An iterable gives the batches of one epoch. A
 * function gives the batches of each epoch. It gets the number of the epoch, from 0.
 *
 * @example
 * ```ts
 * async function* batchesOf(epoch: number) {
 *   yield { images: [[epoch], [epoch + 1]], labels: [2 * epoch, 2 * epoch + 2] };
 *   yield { images: [[epoch + 2]], labels: [2 * epoch + 4] };
 * }
 * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
 * await model.fit(batchesOf, { epochs: 3 });
 * model.stepsDone; // 6
 * ```
 */
export type DatasetStream = DatasetBatches | ((epoch: number) => DatasetBatches | Promise<DatasetBatches>);

/** The batches of one epoch. Each is a small dataset, and one step of training. */
export type DatasetBatches = AsyncIterable<Dataset> | Iterable<Dataset>;

/** Where batches come from. */
export interface BatchSource {
  /** The examples of an epoch. Undefined for a stream. */
  readonly examples: number | undefined;
  /** The batches of an epoch. Undefined for a stream. */
  readonly batches: number | undefined;
  /** A short text that differs for datasets that differ. Null for a stream. */
  readonly data: string | null;
  /** The batches of an epoch, from the batch `first` on. */
  epoch(epoch: number, first: number): AsyncIterable<ExampleBatch> | Iterable<ExampleBatch>;
}

export interface OrderOptions {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  /** Whether a last batch that is smaller is left out. */
  readonly dropLast: boolean;
  readonly augmentation: Augmentation | undefined;
}

/** Batches of examples in memory. */
export function batchesOf(examples: Examples, options: OrderOptions): BatchSource {
  const { batchSize, shuffle, seed, dropLast, augmentation } = options;
  const batches = dropLast ? Math.floor(examples.count / batchSize) : Math.ceil(examples.count / batchSize);
  return {
    ...{ examples: examples.count, batches },
    get data() {
      return fingerprint(examples);
    },
    *epoch(epoch, first) {
      const order = epochOrder(examples.count, epoch, shuffle, seed);
      for (let i = first; i < batches; i++) {
        const chosen = order.subarray(i * batchSize, (i + 1) * batchSize);
        const batch = batchOf(examples, chosen);
        yield augmentation ? augmented(batch, augmentation, { seed, epoch, examples: chosen }) : batch;
      }
    },
  };
}

/**
 * Batches of a dataset in its own order, for `evaluate`, `predictAll` and validation. @throws OptionError, ShapeError
 */
export function plainBatches(
  dataset: unknown,
  argument: string,
  batchSize: number,
  options: StreamOptions,
): BatchSource {
  if (isStream(dataset)) return streamedBatches(dataset, options);
  const { operator, ports, labelled = true, prepare = unchanged } = options;
  const examples = prepare(readDataset(operator, argument, dataset, ports, labelled));
  return batchesOf(examples, plainOrder(batchSize));
}

function unchanged(examples: Examples): Examples {
  return examples;
}

/** Nothing is shuffled, left out or changed. */
export function plainOrder(batchSize: number): OrderOptions {
  return { batchSize, shuffle: false, seed: 0, dropLast: false, augmentation: undefined };
}

/** Whether a dataset is a stream of batches. */
export function isStream(dataset: unknown): dataset is DatasetStream {
  if (typeof dataset === "function") return true;
  // Arrays and maps are no streams: an array of batches would look like nested arrays of numbers.
  return isIterable(dataset) && !Array.isArray(dataset) && !ArrayBuffer.isView(dataset) && !(dataset instanceof Map);
}

export interface StreamOptions {
  readonly operator: string;
  readonly ports: Ports;
  /** Whether batches need labels. True if left out. */
  readonly labelled?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly augmentation?: Augmentation | undefined;
  /** Checks the labels of a batch, and may give its examples weights. @throws OptionError */
  readonly prepare?: ((examples: Examples) => Examples) | undefined;
}

/** Batches of a stream. Those before the first are read and left out. */
export function streamedBatches(stream: DatasetStream, options: StreamOptions): BatchSource {
  const { operator, ports, labelled = true, seed = 0, augmentation, prepare = unchanged } = options;
  return {
    ...{ examples: undefined, batches: undefined, data: null },
    async *epoch(epoch, first) {
      const batches: unknown = typeof stream === "function" ? await stream(epoch) : stream;
      if (!isIterable(batches)) {
        throw new OptionError(
          `${operator}: the dataset's function gave ${show(batches)}, expected batches to iterate over`,
        );
      }
      let index = 0;
      let start = 0;
      for await (const given of batches) {
        const examples = readDataset(operator, `batch ${index}`, given, ports, labelled);
        const numbers = Uint32Array.from({ length: examples.count }, (_, i) => start + i);
        start += examples.count;
        if (index++ < first) continue;
        const batch = batchOf(
          prepare(examples),
          numbers.map((_, i) => i),
        );
        yield augmentation ? augmented(batch, augmentation, { seed, epoch, examples: numbers }) : batch;
      }
      if (index > 0 && index < first) {
        throw new OptionError(
          `${operator}: the stream gave ${index} batches for epoch ${epoch}, expected more than the ${first} that are done; give the same stream, or startEpoch: true`,
        );
      }
      if (index === 0) {
        throw new OptionError(
          `${operator}: the stream gave no batch for epoch ${epoch}; give a function such as (epoch) => batches, because an iterator ends only once`,
        );
      }
    },
  };
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  return typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
