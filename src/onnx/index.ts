export { type ExportOnnxOptions, exportOnnx } from "./export/exportOnnx.js";
export type {
  LayerExporter,
  OnnxAttribute,
  OnnxInput,
  OnnxNodeOptions,
  OnnxScope,
  OnnxValue,
} from "./export/form.js";
