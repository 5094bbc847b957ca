import type { LayerClass } from "../../nn/files/knownLayers.js";
import { OnnxOperator } from "./onnxOperator.js";

/**
 * The layers of this entry, for `loadModel(file, backend, { layers: onnxLayers })`. A program that has loaded a
 * file with `loadOnnx` need not give them.
 *
 * @example
 * ```ts
 * const layer = new OnnxOperator({ operator: "Reciprocal", operands: [{ input: 0 }] });
 * const model = new Sequential([layer]).build(backend, { inputShape: [2] });
 * const copy = await loadModel(await model.save(), backend, { layers: onnxLayers });
 * await copy.predict(backend.tensor([[2, 4]])).read(); // [0.5, 0.25]
 * ```
 */
export const onnxLayers: Readonly<Record<"OnnxOperator", LayerClass>> = { OnnxOperator };
