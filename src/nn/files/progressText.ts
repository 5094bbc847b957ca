import { FileFormatError, show } from "../../core/errors.js";
import type { Sums } from "../training/judge.js";
import { newWatch, type OpenEpoch, type Order, type Progress, type Watch } from "../training/progress.js";
import { jsonOf, type ReadFile } from "./format.js";

/** The numbers that JSON lacks, as texts. A loss that overflowed is one. */
const BEYOND_JSON = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((number) => [String(number), number]),
);

/** How far a training is, as a text. @param sums those of the open epoch */
export function progressText(progress: Progress, sums: Sums | undefined): string {
  const { open } = progress;
  const complete = { ...progress, open: open && sums ? { ...open, sums } : open };
  return JSON.stringify(complete, (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
}

/** @throws FileFormatError if the metadata do not hold what `progressText` wrote */
export function progressOf(file: ReadFile): Progress {
  const given = jsonOf("restore", file, "progress");
  try {
    const progress = new Fields(given);
    return {
      steps: progress.count("steps"),
      epochs: progress.count("epochs"),
      open: progress.isNull("open") ? null : openEpoch(progress.fields("open")),
      earlyStopping: {
        ...watch(progress.fields("earlyStopping")),
        stopped: progress.fields("earlyStopping").boolean("stopped"),
      },
      plateau: {
        ...watch(progress.fields("plateau")),
        factor: progress.fields("plateau").number("factor"),
        cooldown: progress.fields("plateau").count("cooldown"),
      },
    };
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new FileFormatError(`restore: the metadata "progress" is not what checkpoint() wrote: ${error.message}`);
  }
}

function openEpoch(open: Fields): OpenEpoch {
  const sums = open.fields("sums");
  const metrics = sums.fields("metrics");
  return {
    batches: open.count("batches"),
    sums: {
      examples: sums.count("examples"),
      loss: sums.number("loss"),
      metrics: Object.fromEntries(metrics.names.map((name) => [name, metrics.number(name)])),
    },
    order: order(open.fields("order")),
  };
}

function order(order: Fields): Order {
  return {
    examples: order.isNull("examples") ? null : order.count("examples"),
    batchSize: order.isNull("batchSize") ? null : order.count("batchSize"),
    seed: order.count("seed"),
    shuffle: order.boolean("shuffle"),
    dropLast: order.boolean("dropLast"),
    data: order.isNull("data") ? null : order.text("data"),
  };
}

function watch(fields: Fields): Watch {
  return {
    ...newWatch(),
    best: fields.isNull("best") ? null : fields.number("best"),
    waited: fields.count("waited"),
    monitor: fields.isNull("monitor") ? null : fields.text("monitor"),
  };
}

/** Something is not as expected. */
class Misfit extends Error {}

/** Reads the fields of an object. Its methods throw Misfit. */
class Fields {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(value: unknown, where = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new Misfit(`${where === "" ? "it" : where} is ${show(value)}`);
    }
    this.#values = new Map(Object.entries(value));
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  isNull(name: string): boolean {
    return this.#values.get(name) === null;
  }

  fields(name: string): Fields {
    return new Fields(this.#values.get(name), name);
  }

  number(name: string): number {
    const value = this.#values.get(name);
    const number = typeof value === "string" ? BEYOND_JSON.get(value) : value;
    return typeof number === "number" ? number : this.#refuse(name);
  }

  count(name: string): number {
    const number = this.number(name);
    return Number.isSafeInteger(number) && number >= 0 ? number : this.#refuse(name);
  }

  boolean(name: string): boolean {
    const value = this.#values.get(name);
    return typeof value === "boolean" ? value : this.#refuse(name);
  }

  text(name: string): string {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : this.#refuse(name);
  }

  #refuse(name: string): never {
    throw new Misfit(`${name} is ${show(this.#values.get(name))}`);
  }
}
