import type { Layer } from "../../../nn/layer.js";
import type { OnnxOperator } from "../../layers/onnxOperator.js";
import type { BuiltInExporter } from "../scope.js";
import { ELEMENTWISE_FORMS, type WriteOperator } from "./elementwise.js";
import { MOVING_FORMS } from "./moving.js";
import { OperatorForm } from "./operatorForm.js";
import { SHAPING_FORMS } from "./shaping.js";

const FORMS: ReadonlyMap<string, WriteOperator> = new Map(
  Object.entries({ ...ELEMENTWISE_FORMS, ...MOVING_FORMS, ...SHAPING_FORMS }),
);

/** Without the class itself, because that computes all operators. A program that only exports need not load them. */
export function isOnnxOperator(layer: Layer): layer is OnnxOperator {
  return Reflect.get(layer, "isOnnxOperator") === true;
}

/** An operator of a file that `loadOnnx` read. Not all of them are written again. */
export const onnxOperator: BuiltInExporter = (scope, layer, inputs) => {
  if (!isOnnxOperator(layer)) throw new Error("not an operator");
  const y = FORMS.get(layer.operator)?.(new OperatorForm(scope, layer, inputs));
  return y ?? scope.refuse(layer, `ONNX operator ${layer.operator}`, inputs);
};
