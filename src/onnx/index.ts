export { type ExportOnnxOptions, exportOnnx } from "./export/exportOnnx.js";
export type {
  LayerExporter,
  OnnxAttribute,
  OnnxInput,
  OnnxNodeOptions,
  OnnxScope,
  OnnxValue,
} from "./export/form.js";
export type { External } from "./format/external.js";
export type { PlainAttributes } from "./host/attributes.js";
export type { HostProgram } from "./host/program.js";
export { onnxLayers } from "./layers/onnxLayers.js";
export { OnnxOperator, type OnnxOperatorOptions, type OperatorWeight } from "./layers/onnxOperator.js";
export type { OperandSource, ShapeSource } from "./layers/operands.js";
export { type LoadOnnxOptions, loadOnnx } from "./loadOnnx.js";
