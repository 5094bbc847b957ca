import type { LayerClass } from "../../nn/files/knownLayers.js";
import { ELU, MoreActivation, ReLU, Softmax } from "./activations.js";
import { AsymmetricUpSampling2D, DepthToSpace, InferenceOnly, Permute, SpatialDropout2D } from "./arranging.js";
import { Arithmetic, Average, Divide, Maximum, Minimum, ScaledAdd, Subtract } from "./merging.js";
import { LayerScale, Normalization, PReLU, Rescaling } from "./scaling.js";

/**
 * The layers of this entry by their names in files. `loadModel` needs them for a file that a loaded model has saved:
 * `loadModel(file, backend, { layers: kerasLayers })`.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Rescaling({ scale: 2 })]).build(backend, { inputShape: [2] });
 * const copy = await loadModel(await model.save(), backend, { layers: kerasLayers });
 * await copy.predict(backend.tensor([[1, 3]])).read(); // [2, 6]
 * ```
 */
export const kerasLayers: Readonly<Record<string, LayerClass>> = {
  ...{
    Arithmetic,
    AsymmetricUpSampling2D,
    Average,
    DepthToSpace,
    Divide,
    ELU,
    InferenceOnly,
    LayerScale,
    Maximum,
    Minimum,
    MoreActivation,
    Normalization,
    Permute,
  },
  ...{ PReLU, ReLU, Rescaling, ScaledAdd, Softmax, SpatialDropout2D, Subtract },
};
