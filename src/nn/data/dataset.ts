import { didYouMean, nearestName, OptionError, ShapeError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import { type ExampleShape, fitsExample, showExample } from "../graph/extents.js";
import { type Column, type DatasetValues, inputColumn, labelColumn, rowsOf, weightColumn } from "./columns.js";

/**
 * Examples of a model with one input, in the host's memory.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Flatten(), new Dense({ units: 10 })]);
 * model.build(backend, { inputShape: [2, 2, 1], seed: 1 });
 * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
 * const images = Uint8Array.of(0, 50, 100, 255, 255, 100, 50, 0);
 * const train: LabelledImages = { images, shape: [2, 2, 2, 1], labels: [3, 7], sampleWeight: [1, 0.5] };
 * await model.fit(train, { epochs: 5 });
 * model.stepsDone; // 5
 * ```
 */
export interface LabelledImages {
  /**
   * The values of all examples: a typed array in row-major order, or nested arrays. Bytes are divided by 255. The
   * name is `images` for other data too. Required.
   */
  readonly images: DatasetValues;
  /** The extents with the number of examples first, such as [60000, 28, 28, 1]. Only nested arrays need none. */
  readonly shape?: Shape | undefined;
  /**
   * For each example a class number, from 0, or as many numbers as the output has. Not scaled. `predictAll` needs
   * none.
   */
  readonly labels?: DatasetValues | undefined;
  /** For a model with several outputs, in place of `labels`: the same by the names of the outputs. */
  readonly targets?: Readonly<Record<string, NamedValues>> | undefined;
  /** The factor of each example in the loss: N numbers. 1 each if left out. */
  readonly sampleWeight?: DatasetValues | undefined;
}

/**
 * The numbers of all examples for one input or output.
 *
 * @example
 * ```ts
 * const x = input([1]);
 * const outputs = { twice: new Dense({ units: 1 }).apply(x), isLarge: new Dense({ units: 2 }).apply(x) };
 * const model = new Model({ inputs: x, outputs }).build(backend);
 * model.compile({ optimizer: "adam", loss: { twice: "meanSquaredError", isLarge: "softmaxCrossEntropy" } });
 * const targets = { twice: { data: [[0], [2], [4]] }, isLarge: { data: [0, 0, 1] } };
 * await model.fit({ images: [[0], [1], [2]], targets }, { epochs: 2 });
 * model.stepsDone; // 2
 * ```
 */
export interface NamedValues {
  /** A typed array in row-major order, or nested arrays. Bytes of inputs are divided by 255. Required. */
  readonly data: DatasetValues;
  /** The extents with the number of examples first. Nested arrays, and class numbers, need none. */
  readonly shape?: Shape | undefined;
}

/**
 * Examples of a model with several inputs, by their names.
 *
 * @example
 * ```ts
 * const [a, b] = [input([1]), input([1])];
 * const model = new Model({ inputs: { a, b }, outputs: new Add().apply([a, b]) }).build(backend);
 * const inputs = { a: { data: [[1], [2]] }, b: { data: [[10], [20]] } };
 * const { data } = await model.predictAll({ inputs });
 * data; // [11, 22]
 * ```
 */
export interface NamedExamples {
  /** The values by the names of the inputs. Required. */
  readonly inputs: Readonly<Record<string, NamedValues>>;
  /** The labels by the names of the outputs. `predictAll` needs none. */
  readonly targets?: Readonly<Record<string, NamedValues>> | undefined;
  /** For a model with one output, in place of `targets`: class numbers, or values of the output. */
  readonly labels?: DatasetValues | undefined;
  /** The factor of each example in the loss: N numbers. 1 each if left out. */
  readonly sampleWeight?: DatasetValues | undefined;
}

/** Examples with their labels, in the host's memory: what `fit`, `evaluate` and `predictAll` take. */
export type Dataset = LabelledImages | NamedExamples;

/** What a model takes and gives, by name. */
export interface Ports {
  readonly inputs: ReadonlyMap<string, ExampleShape>;
  readonly outputs: ReadonlyMap<string, ExampleShape>;
}

/** Examples that were checked. */
export interface Examples {
  readonly count: number;
  readonly inputs: ReadonlyMap<string, Column>;
  /** Empty if there are no labels. */
  readonly targets: ReadonlyMap<string, Column>;
  readonly weights: Float32Array | undefined;
}

/** Values with their shape, examples first. */
export interface BatchValues {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
}

/** Some examples, as copies. */
export interface ExampleBatch {
  readonly size: number;
  readonly inputs: ReadonlyMap<string, BatchValues>;
  readonly targets: ReadonlyMap<string, BatchValues>;
  readonly weights: Float32Array<ArrayBuffer> | undefined;
}

/**
 * Checks a dataset.
 *
 * @param labelled whether labels are needed
 * @throws OptionError, ShapeError
 */
export function readDataset(
  operator: string,
  argument: string,
  dataset: unknown,
  ports: Ports,
  labelled: boolean,
): Examples {
  checkForm(operator, argument, dataset);
  const given: Readonly<Record<string, unknown>> = { ...dataset };
  checkNames(operator, argument, given);
  const inputs =
    "inputs" in given
      ? namedColumns(operator, `${argument}.inputs`, given["inputs"], ports.inputs, (what, data, shape) =>
          inputColumn(operator, what, data, shape),
        )
      : new Map([
          [
            onlyPort(operator, argument, "inputs", ports.inputs),
            inputColumn(operator, `${argument}.images`, given["images"], given["shape"]),
          ],
        ]);
  const [first] = inputs.values();
  const { examples: count } = existing(first);
  for (const [name, column] of inputs) {
    const expected = existing(ports.inputs.get(name));
    const what = "inputs" in given ? `${argument}.inputs.${name}` : `${argument}.images`;
    if (column.examples !== count) {
      throw new ShapeError(
        `${operator}: ${what} has ${column.examples} examples, expected ${count} as the other inputs`,
      );
    }
    if (!fitsExample(column.shape, expected)) {
      throw new ShapeError(
        `${operator}: the shape of ${what} is [${[count, ...column.shape].join(", ")}], expected [N, ${showExample(expected).slice(1)}, as the model was built for`,
      );
    }
  }
  const targets = labelled ? readTargets(operator, argument, given, ports, count) : new Map<string, Column>();
  const weights =
    given["sampleWeight"] === undefined
      ? undefined
      : weightColumn(operator, `${argument}.sampleWeight`, given["sampleWeight"], count);
  return { count, inputs, targets, weights };
}

/** @throws OptionError if it cannot be a dataset */
export function checkForm(operator: string, argument: string, dataset: unknown): asserts dataset is object {
  const isObject = typeof dataset === "object" && dataset !== null;
  if (isObject && ("images" in dataset || "inputs" in dataset)) return;
  const names = isObject && Object.getPrototypeOf(dataset) === Object.prototype ? Object.keys(dataset) : [];
  const what = names.length > 0 ? `has ${names.slice(0, 4).join(", ")}` : `is ${show(dataset)}`;
  throw new OptionError(
    `${operator}: ${argument} ${what}, expected { images, shape, labels }, or { inputs, targets } for several inputs or outputs`,
  );
}

const NAMES = ["images", "shape", "labels", "sampleWeight", "inputs", "targets"];

/** @throws OptionError if a name is nearly one that is known. Datasets may hold other things too */
function checkNames(operator: string, argument: string, given: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(given)) {
    const nearest = NAMES.includes(name) ? undefined : nearestName(name, NAMES);
    if (nearest === undefined || nearest in given) continue;
    throw new OptionError(`${operator}: ${argument} has ${show(name)}; did you mean ${nearest}?`);
  }
}

/** The examples from `first` up to `end`. */
export function examplesBetween({ inputs, targets, weights }: Examples, first: number, end: number): Examples {
  const part = (columns: ReadonlyMap<string, Column>) =>
    new Map([...columns].map(([name, column]) => [name, rowsOf(column, first, end)]));
  return {
    count: end - first,
    inputs: part(inputs),
    targets: part(targets),
    weights: weights?.subarray(first, end),
  };
}

/** Copies some examples. */
export function batchOf({ inputs, targets, weights }: Examples, chosen: Uint32Array): ExampleBatch {
  const gather = (columns: ReadonlyMap<string, Column>) =>
    new Map(
      [...columns].map(([name, { shape, write }]) => {
        const size = elementsOf(shape);
        const data = new Float32Array(chosen.length * size);
        chosen.forEach((example, i) => {
          write(example, data.subarray(i * size, (i + 1) * size));
        });
        return [name, { shape: [chosen.length, ...shape], data }];
      }),
    );
  return {
    size: chosen.length,
    inputs: gather(inputs),
    targets: gather(targets),
    weights: weights && Float32Array.from(chosen, (example) => existing(weights[example])),
  };
}

function readTargets(
  operator: string,
  argument: string,
  given: Readonly<Record<string, unknown>>,
  ports: Ports,
  count: number,
): ReadonlyMap<string, Column> {
  if (given["targets"] !== undefined) {
    if (given["labels"] !== undefined) {
      throw new OptionError(
        `${operator}: ${argument} has labels and targets, which are two forms of the same; leave one out`,
      );
    }
    return namedColumns(operator, `${argument}.targets`, given["targets"], ports.outputs, (what, data, shape) =>
      labelColumn(operator, what, data, count, shape),
    );
  }
  const name = onlyPort(operator, argument, "targets", ports.outputs);
  if (given["labels"] === undefined) {
    throw new OptionError(
      `${operator}: ${argument}.labels is required: class numbers, or values of the output's shape`,
    );
  }
  return new Map([[name, labelColumn(operator, `${argument}.labels`, given["labels"], count)]]);
}

function namedColumns(
  operator: string,
  argument: string,
  given: unknown,
  ports: ReadonlyMap<string, ExampleShape>,
  read: (what: string, data: unknown, shape: unknown) => Column,
): ReadonlyMap<string, Column> {
  if (typeof given !== "object" || given === null) {
    throw new OptionError(`${operator}: ${argument} is ${show(given)}, expected { name: { data, shape } }`);
  }
  const names = [...ports.keys()];
  const columns = new Map<string, Column>();
  for (const [name, values] of Object.entries(given)) {
    if (!ports.has(name)) {
      throw new OptionError(
        `${operator}: ${argument} has ${show(name)}, expected ${names.map(show).join(", ")}${didYouMean(name, names)}`,
      );
    }
    const what = `${argument}.${name}`;
    if (typeof values !== "object" || values === null || !("data" in values)) {
      throw new OptionError(`${operator}: ${what} is ${show(values)}, expected { data, shape }`);
    }
    columns.set(name, read(what, values.data, "shape" in values ? values.shape : undefined));
  }
  const missing = names.filter((name) => !columns.has(name));
  if (missing.length > 0) throw new OptionError(`${operator}: ${argument} lacks ${missing.map(show).join(", ")}`);
  return columns;
}

function onlyPort(operator: string, argument: string, what: string, ports: ReadonlyMap<string, ExampleShape>): string {
  const [name, ...others] = ports.keys();
  if (name !== undefined && others.length === 0) return name;
  throw new OptionError(
    `${operator}: the model has the ${what} ${[...ports.keys()].map(show).join(", ")}; give ${argument}.${what} by name: { name: { data, shape } }`,
  );
}
