import { FileFormatError } from "../../core/errors.js";
import { Fields, jsonText, Misfit } from "../../core/fields.js";
import type { Sums } from "../training/judge.js";
import { newWatch, type OpenEpoch, type Order, type Progress, type Watch } from "../training/progress.js";
import { jsonOf, type ReadFile } from "./format.js";

/** How far a training is, as a text. @param sums those of the open epoch */
export function progressText(progress: Progress, sums: Sums | undefined): string {
  const { open } = progress;
  const complete = { ...progress, open: open && sums ? { ...open, sums } : open };
  return jsonText(complete);
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
