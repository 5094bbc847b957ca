import type { PlainAttributes } from "../../host/attributes.js";
import { type NodeScope, Unsupported } from "../nodeScope.js";
import type { Operand } from "../values.js";
import type { NodeKind } from "./nodeKind.js";

const resize: NodeKind = {
  attributes: [
    ...["antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside"],
    ...["extrapolation_value", "keep_aspect_ratio_policy", "mode", "nearest_mode"],
  ],
  lower(scope) {
    scope.expect("antialias", 0, 0);
    if (scope.opset < 11) return resized(scope, [undefined, scope.host(1, "scales"), undefined], oldModes(scope));
    const inputs = ["roi", "scales", "sizes"].map((name, i) => scope.host(i + 1, name));
    return resized(scope, inputs, scope.attributes.plain);
  },
};

/** Upsample, and Resize before version 11 of ONNX, take the pixels before a point, or mix the two around it. */
function oldModes(scope: NodeScope): PlainAttributes {
  const mode = scope.attributes.text("mode", "nearest");
  if (mode === "cubic") throw new Unsupported("its mode is cubic");
  return { mode, coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
}

const upsample: NodeKind = {
  attributes: ["height_scale", "mode", "scales", "width_scale"],
  lower(scope) {
    const scales = scope.attributes.list("scales");
    return resized(scope, [undefined, scope.host(1, "scales"), undefined], {
      ...oldModes(scope),
      ...(scales && { scales }),
    });
  },
};

/** Old files leave out a list by a list of no numbers. */
function resized(scope: NodeScope, lists: readonly Operand[], attributes: PlainAttributes) {
  const given = scope.device(0);
  const x = scope.emitter.inOrder(given, given.order);
  const operands = lists.map(
    (list): Operand => (list?.form === "constant" && list.tensor.data.length === 0 ? undefined : list),
  );
  return scope.operator(
    "Resize",
    [x, ...operands],
    { ...attributes, order: [...x.order] },
    { order: x.order, dtype: x.dtype },
  );
}

export const RESIZING_NODES: Readonly<Record<string, NodeKind>> = { Resize: resize, Upsample: upsample };
