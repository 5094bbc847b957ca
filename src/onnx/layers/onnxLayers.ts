import type { LayerClass } from "../../nn/files/knownLayers.js";
import { OnnxOperator } from "./onnxOperator.js";

/**
 * The layers of this entry, for `loadModel(file, backend, { layers: onnxLayers })`. A program that has loaded a
 * file with `loadOnnx` need not give them.
 */
export const onnxLayers: Readonly<Record<"OnnxOperator", LayerClass>> = { OnnxOperator };
