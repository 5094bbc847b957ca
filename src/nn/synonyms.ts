import type { Synonyms } from "../core/errors.js";

/** Words of Keras and PyTorch for losses, metrics, optimizers, activations and initializers: for "did you mean". */
export const SYNONYMS: Synonyms = new Map([
  ...words("softmaxCrossEntropy", [
    "categoricalcrossentropy",
    "sparsecategoricalcrossentropy",
    "crossentropy",
    "crossentropyloss",
  ]),
  ...words("binaryCrossEntropy", ["bce", "bceloss", "bcewithlogitsloss", "sigmoidcrossentropy"]),
  ...words("meanSquaredError", ["mse", "mseloss", "l2"]),
  ...words("meanAbsoluteError", ["mae", "l1", "l1loss"]),
  ...words("huber", ["huberloss", "smoothl1loss"]),
  ...words("accuracy", ["acc", "categoricalaccuracy", "sparsecategoricalaccuracy", "binaryaccuracy"]),
  ...words("topK", ["topkcategoricalaccuracy", "sparsetopkcategoricalaccuracy"]),
  ...words("sgd", ["momentum", "nesterov"]),
  ...words("none", ["linear", "identity"]),
  ...words("silu", ["swish"]),
  ...words("hardSwish", ["hardsilu"]),
  ...words("glorotUniform", ["xavier", "xavieruniform"]),
  ...words("glorotNormal", ["xaviernormal"]),
  ...words("heUniform", ["kaiming", "kaiminguniform"]),
  ...words("heNormal", ["kaimingnormal"]),
]);

function words(name: string, synonyms: readonly string[]): readonly (readonly [synonym: string, name: string])[] {
  return synonyms.map((synonym) => [synonym, name]);
}
