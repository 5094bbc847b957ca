import { nearestName, OptionError, show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import { SYNONYMS } from "../synonyms.js";
import { type EpochResult, newWatch, type Progress, type Watch } from "./progress.js";

/** The options that `earlyStopping` and `reduceOnPlateau` share. */
export interface MonitorOptions {
  /**
   * The number that is watched after each epoch: "loss", a metric such as "accuracy", or one of the validation data
   * such as "validation.loss". If left out, "validation.loss", or "loss" without validation data.
   */
  readonly monitor?: string | undefined;
  /** Whether smaller ("min") or larger ("max") is better. If left out, it follows from the monitor. */
  readonly mode?: "min" | "max" | undefined;
  /**
   * The number of epochs in a row without a better result that it waits for. With 0, it acts at the first one, as
   * with 1. As in Keras, it is 0 for `earlyStopping` and 10 for `reduceOnPlateau` if left out.
   */
  readonly patience?: number | undefined;
  /**
   * The difference that a better result must exceed, ≥ 0. As in Keras, it is 0 for `earlyStopping` and 1e-4 for
   * `reduceOnPlateau` if left out.
   */
  readonly minDelta?: number | undefined;
}

/**
 * The option `earlyStopping` of `model.fit`.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
 * const train = { images: [[0], [1], [2], [3]], labels: [1, 3, 5, 7] };
 * // No epoch is better than the first one by 1000.
 * const history = await model.fit(train, { epochs: 100, earlyStopping: { patience: 2, minDelta: 1000 } });
 * history.length; // 3
 * ```
 */
export interface EarlyStoppingOptions extends MonitorOptions {
  /**
   * Whether the model has the weights of the best epoch after the fit, as in Keras 3. The next fit on the same data
   * goes on from the weights of the last epoch, unless training stopped early. False if left out.
   */
  readonly restoreBest?: boolean | undefined;
}

/**
 * The option `reduceOnPlateau` of `model.fit`.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
 * const data = { images: [[0], [1], [2], [3]], labels: [1, 3, 5, 7] };
 * const reduceOnPlateau = { monitor: "validation.loss", factor: 0.5, patience: 1 };
 * await model.fit(data, { epochs: 5, validationSplit: 0.25, reduceOnPlateau });
 * model.epochsDone; // 5
 * ```
 */
export interface ReduceOnPlateauOptions extends MonitorOptions {
  /** The factor by which the learning rate is multiplied. 0.1 if left out. */
  readonly factor?: number | undefined;
  /** The number of epochs after a change that do not count. 0 if left out. */
  readonly cooldown?: number | undefined;
}

/** What both monitors read. */
interface Monitor {
  /** What is monitored, in which direction, and on which data. */
  readonly what: string;
  readonly of: (result: EpochResult) => number;
  readonly larger: boolean;
  readonly patience: number;
  readonly minDelta: number;
}

/** What can be monitored: the names of losses and metrics, and whether larger is better. */
export type Monitored = ReadonlyMap<string, boolean | undefined>;

export interface EarlyStopping {
  readonly restoreBest: boolean;
  /** Whether what it notes goes on from the epochs that were noted. */
  goesOn(watch: Watch): boolean;
  /** Takes note of an epoch. @returns whether it is the best so far, and whether training stops */
  after(result: EpochResult, watch: Watch): { readonly isBest: boolean; readonly stops: boolean };
}

/**
 * @param data tells the data of this fit from others
 * @throws OptionError
 */
export function readEarlyStopping(given: unknown, monitored: Monitored, data: string): EarlyStopping | undefined {
  if (given === undefined) return undefined;
  const reader = new OptionReader("fit", given, [...KNOWN, "restoreBest"], "earlyStopping");
  const monitor = readMonitor(reader, monitored, "earlyStopping", data, { patience: 0, minDelta: 0 });
  return {
    restoreBest: reader.boolean("restoreBest", false),
    goesOn: (watch) => watch.monitor === monitor.what,
    after(result, watch) {
      const isBest = takeNote(monitor, result, watch);
      return { isBest, stops: !isBest && watch.waited >= Math.max(1, monitor.patience) };
    },
  };
}

/** Takes note of an epoch, and changes the factor of the learning rate in `progress`. */
export type ReduceOnPlateau = (result: EpochResult, progress: Progress) => void;

/**
 * @param data tells the data of this fit from others
 * @throws OptionError
 */
export function readReduceOnPlateau(given: unknown, monitored: Monitored, data: string): ReduceOnPlateau | undefined {
  if (given === undefined) return undefined;
  const reader = new OptionReader("fit", given, [...KNOWN, "factor", "cooldown"], "reduceOnPlateau");
  const monitor = readMonitor(reader, monitored, "reduceOnPlateau", data, { patience: 10, minDelta: 1e-4 });
  const factor = reader.numberFrom("factor", 0, 1, 0.1);
  const cooldown = reader.integer("cooldown", 0, 0);
  return (result, { plateau }) => {
    if (takeNote(monitor, result, plateau)) return;
    if (plateau.cooldown > 0) {
      plateau.cooldown--;
      plateau.waited = 0;
    }
    if (plateau.waited < Math.max(1, monitor.patience)) return;
    plateau.factor *= factor;
    plateau.waited = 0;
    plateau.cooldown = cooldown;
  };
}

const KNOWN = ["monitor", "mode", "patience", "minDelta"];

function readMonitor(
  reader: OptionReader,
  monitored: Monitored,
  argument: string,
  data: string,
  fallback: { readonly patience: number; readonly minDelta: number },
): Monitor {
  const names = [...monitored.keys()];
  const name = reader.given("monitor") ?? (monitored.has("validation.loss") ? "validation.loss" : "loss");
  if (typeof name !== "string" || !monitored.has(name)) {
    reader.refuse("monitor", name, names.map(show).join(" or "), monitorAdvice(name, names));
  }
  const mode = reader.given("mode") === undefined ? undefined : reader.word("mode", ["min", "max"]);
  const larger = mode === undefined ? monitored.get(name) : mode === "max";
  if (larger === undefined) {
    throw new OptionError(
      `fit: ${argument}.mode is required, because ${show(name)} is a function; expected "min" or "max"`,
    );
  }
  const [metric, ofValidation] = name.startsWith("validation.") ? [name.slice(11), true] : [name, false];
  return {
    what: `${name} ${larger ? "max" : "min"} of ${data}`,
    of(result) {
      const judgement = ofValidation ? result.validation : result;
      return (metric === "loss" ? judgement?.loss : judgement?.metrics[metric]) ?? Number.NaN;
    },
    larger,
    patience: reader.integer("patience", 0, fallback.patience),
    minDelta: reader.numberFrom("minDelta", 0, Number.POSITIVE_INFINITY, fallback.minDelta),
  };
}

/** What a monitor may be that is not known. Keras's "val_loss" is "validation.loss". */
function monitorAdvice(name: unknown, names: readonly string[]): string | undefined {
  if (typeof name !== "string") return undefined;
  const wanted = name.replace(/^val(idation)?[._-]?/i, "validation.");
  if (wanted.startsWith("validation.") && !names.includes("validation.loss")) {
    return "give validationData or validationSplit, so that there are results of validation";
  }
  const ofMetrics = wanted.split(".").at(-1);
  const synonym = ofMetrics && SYNONYMS.get(ofMetrics.toLowerCase().replaceAll(/[_ -]/g, ""));
  const nearest = nearestName(synonym ? wanted.replace(ofMetrics, synonym) : wanted, names);
  return nearest && `did you mean ${show(nearest)}?`;
}

/** @returns whether the result is the best so far */
function takeNote({ what, of, larger, minDelta }: Monitor, result: EpochResult, watch: Watch): boolean {
  if (watch.monitor !== what) Object.assign(watch, { ...newWatch(), monitor: what });
  const value = of(result);
  const isBest =
    !Number.isNaN(value) &&
    (watch.best === null || (larger ? value > watch.best + minDelta : value < watch.best - minDelta));
  if (isBest) watch.best = value;
  watch.waited = isBest ? 0 : watch.waited + 1;
  return isBest;
}
