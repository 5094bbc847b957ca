import type { Variable } from "../../core/backend.js";
import { didYouMean, OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { OptionReader } from "../../core/options.js";
import { OPTIMIZERS } from "../optimizers/byName.js";
import {
  BEST,
  type FileTensor,
  FORMAT,
  LAST,
  type ModelFileData,
  OLD_FORMAT,
  optimizerIn,
  type ReadFile,
  readFile,
  STEP,
  valuesFor,
} from "./format.js";
import { proposeNames } from "./proposeNames.js";
import { type FlattenedInputs, fromPyTorch, looksLikePyTorch, type NamedTensor } from "./pytorch.js";

/** The options of `model.loadWeights`. */
export interface LoadWeightsOptions {
  /**
   * Whether it throws if the file lacks weights of the model, or has others. A file of which nothing fits is always
   * refused. True if left out.
   */
  readonly strict?: boolean | undefined;
  /**
   * How names in the file become names in the model: a function, or an object. The object has names, or beginnings of
   * names up to a dot: `{ conv1: "conv2d", "fc.weight": "dense.kernel" }`. If left out, the names are the same.
   */
  readonly rename?: ((name: string) => string) | Readonly<Record<string, string>> | undefined;
  /**
   * Whether the file is a state_dict of PyTorch. Then layouts and names are translated: convolutions from [out, in,
   * R, S], transposed convolutions from [in, out, R, S], Linear from [out, in], and weight, bias, running_mean and
   * running_var of BatchNorm. The rows of a Dense after a Flatten are put into the order of [H, W, C]. False if left
   * out.
   */
  readonly pytorch?: boolean | undefined;
}

/** What `model.loadWeights` gives. */
export interface LoadedWeights {
  /** The names of the weights that were written. */
  readonly loaded: readonly string[];
  /** The names of the model's weights that the file lacks. They keep their values. */
  readonly missing: readonly string[];
  /** The names of the file's tensors that the model lacks, as they are in the file. */
  readonly unused: readonly string[];
}

/** Writes weights from a file: all that fit, or nothing. */
export function loadWeightsInto(
  weights: ReadonlyMap<string, Variable>,
  flattened: () => FlattenedInputs,
  given: ModelFileData,
  options: LoadWeightsOptions,
): LoadedWeights {
  const reader = new OptionReader("loadWeights", options, ["strict", "rename", "pytorch"]);
  const strict = reader.boolean("strict", true);
  const pytorch = reader.boolean("pytorch", false);
  const file = readFile("loadWeights", given);
  const rename = readRename(reader.given("rename"), [...file.tensors.keys()]);
  const images: FlattenedInputs = pytorch ? flattened() : new Map();
  const turned = (given: NamedTensor) => (pytorch ? fromPyTorch(given, weights, images) : given);
  const tensors = new Map<string, FileTensor>();
  const unused: string[] = [];
  for (const [fileName, tensor] of file.tensors) {
    const renamed = rename(fileName);
    if (!weights.has(renamed) && isTraining(file, fileName)) continue;
    const own = turned({ name: renamed, tensor });
    if (!own) continue;
    if (tensors.has(own.name))
      throw new OptionError(`loadWeights: two tensors of the file have the name ${show(own.name)}`);
    if (weights.has(own.name)) tensors.set(own.name, own.tensor);
    else unused.push(fileName);
  }
  const missing = [...weights.keys()].filter((name) => !tensors.has(name));
  const isNothing = tensors.size === 0 && weights.size > 0;
  if (isNothing || (strict && missing.length + unused.length > 0)) {
    const given = unused.map((name) => ({ name, tensor: existing(file.tensors.get(name)) }));
    const proposed =
      !pytorch && looksLikePyTorch(unused)
        ? "; this looks like a file of PyTorch: use { pytorch: true }"
        : proposeNames(weights, missing, given, turned);
    const advice = strict ? "rename them, or use strict: false" : "nothing would be loaded; rename them";
    throw new OptionError(
      `loadWeights: the file lacks ${listed(missing)}, and has ${listed(unused)} that the model lacks; ${advice}${proposed}`,
    );
  }
  const values = [...weights].flatMap(([name, variable]) => {
    const tensor = tensors.get(name);
    return tensor ? [{ name, variable, data: valuesFor("loadWeights", name, tensor, variable.shape) }] : [];
  });
  for (const { variable, data } of values) variable.write(data);
  return { loaded: values.map(({ name }) => name), missing, unused };
}

/** The first names of a list, and how many more there are. */
function listed(names: readonly string[]): string {
  const first = names.slice(0, 4).map(show).join(", ") || "nothing";
  return names.length > 4 ? `${first} and ${names.length - 4} more` : first;
}

/** Whether a tensor of a checkpoint is state of the training, not a weight. */
function isTraining({ metadata }: ReadFile, name: string): boolean {
  const format = metadata.get("format");
  if (format !== FORMAT && format !== OLD_FORMAT) return false;
  const optimizers = [...OPTIMIZERS, optimizerIn(metadata)?.toLowerCase()].filter((prefix) => prefix !== undefined);
  const starts = [BEST, LAST, ...optimizers.map((prefix) => `${prefix}.`)];
  return name === STEP || starts.some((start) => name.startsWith(start));
}

/** @param fileNames the names in the file */
function readRename(rename: unknown, fileNames: readonly string[]): (name: string) => string {
  if (rename === undefined) return (name) => name;
  if (typeof rename === "function") {
    return (name) => {
      const renamed: unknown = rename(name);
      if (typeof renamed === "string") return renamed;
      throw new OptionError(`loadWeights: rename gave ${show(renamed)} for ${show(name)}, expected a name`);
    };
  }
  if (typeof rename !== "object" || rename === null) {
    throw new OptionError(`loadWeights: rename is ${show(rename)}, expected a function or names by name`);
  }
  const names = new Map<string, unknown>(Object.entries(rename));
  const beginnings = new Set(fileNames.flatMap(beginningsOf));
  for (const [name, own] of names) {
    if (typeof own !== "string") {
      throw new OptionError(`loadWeights: rename has ${show(own)} for ${show(name)}, expected a name`);
    }
    if (!beginnings.has(name)) {
      throw new OptionError(
        `loadWeights: rename has ${show(name)}, which is no name in the file, and no beginning of one up to a dot${didYouMean(name, [...beginnings])}`,
      );
    }
  }
  return (name) => {
    // The longest beginning counts.
    for (const beginning of beginningsOf(name)) {
      const renamed = names.get(beginning);
      if (typeof renamed === "string") return renamed + name.slice(beginning.length);
    }
    return name;
  };
}

/** A name, and its beginnings up to a dot, from the longest to the shortest. */
function beginningsOf(name: string): readonly string[] {
  const parts = name.split(".");
  return parts.map((_, i) => parts.slice(0, parts.length - i).join(".")).filter((beginning) => beginning !== "");
}
