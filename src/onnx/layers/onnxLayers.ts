import type { LayerClass } from "../../nn/files/knownLayers.js";
import { OnnxOperator } from "./onnxOperator.js";

/**
 * The layers of this entry, for `loadModel(file, backend, { layers: onnxLayers })`. A program that has called `loadOnnx`
 * or `exportOnnx` need not give them.
 */
export const onnxLayers: Readonly<Record<"OnnxOperator", LayerClass>> = { OnnxOperator };
