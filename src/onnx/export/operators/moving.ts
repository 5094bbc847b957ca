import { existing } from "../../../core/objects.js";
import { splitSizes } from "../../host/operators.js";
import { plainOrder } from "../../host/orders.js";
import { DATA_TYPE } from "../encode.js";
import type { OnnxValue } from "../form.js";
import type { WriteOperator } from "./elementwise.js";
import type { OperatorForm } from "./operatorForm.js";
import { PLAIN, plain, rankOf } from "./places.js";

/** Channels become pixels, or the other way round. */
function blocks(operator: string): WriteOperator {
  return (form) => {
    const { attributes, scope } = form;
    const x = form.input(0);
    if (!x || rankOf(x) !== 4) return undefined;
    const mode = attributes.text("mode", "DCR");
    const blocksize = { int: attributes.number("blocksize", 1) };
    // SpaceToDepth has one mode.
    if (operator === "SpaceToDepth" && mode !== "DCR") return undefined;
    const options = operator === "SpaceToDepth" ? { blocksize } : { blocksize, mode: { text: mode } };
    return scope.node(operator, [scope.channelsFirst(x)], { attributes: options });
  };
}

const expand: WriteOperator = (form) => {
  const [x, shape] = [plain(form, 0), form.integers(1)];
  return x && shape && form.scope.node("Expand", [x, shape], PLAIN);
};

/** An operator whose lists are in the order of the file's axes. */
function inFile(form: OperatorForm, write: (x: OnnxValue) => OnnxValue | undefined): OnnxValue | undefined {
  const x = form.input(0);
  if (!x) return undefined;
  const order = form.attributes.list("order") ?? plainOrder(rankOf(x));
  const y = write(form.fileOrder(x, order));
  return y && form.fromFile(y, order);
}

const tile: WriteOperator = (form) => {
  const repeats = form.integers(1);
  return repeats && inFile(form, (x) => form.scope.node("Tile", [x, repeats], PLAIN));
};

const pad: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const list = attributes.list("pads") ?? attributes.list("paddings");
  const pads = list ? scope.integers(list) : form.integers(1);
  const mode = attributes.text("mode", "constant");
  // Version 18 came with axes, and version 19 with the mode "wrap".
  const isNewer = (form.has(3) && scope.opset < 18) || (mode === "wrap" && scope.opset < 19);
  const values = form.list(2) ?? [attributes.number("value", 0)];
  const axes = form.integers(3);
  if (!pads || isNewer || (form.has(2) && !form.list(2)) || (form.has(3) && !axes)) return undefined;
  const value = mode === "constant" ? scope.numbers(existing(values[0])) : undefined;
  return inFile(form, (x) =>
    scope.node("Pad", [x, pads, value, axes], { ...PLAIN, attributes: { mode: { text: mode } } }),
  );
};

/** The position of the largest or smallest value. In ONNX it is an integer, here a float. */
function position(operator: string): WriteOperator {
  return (form) => {
    const { attributes, scope } = form;
    const x = plain(form, 0);
    const [axis, keepdims] = [{ int: attributes.number("axis", 0) }, { int: attributes.number("keepdims", 1) }];
    if (!x) return undefined;
    const found = scope.node(operator, [x], { ...PLAIN, attributes: { axis, keepdims } });
    return scope.node("Cast", [found], { ...PLAIN, attributes: { to: { int: DATA_TYPE.float } } });
  };
}

const layerNormalization: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const [x, scale, bias] = [plain(form, 0), form.constant(1), form.constant(2)];
  if (!x || !scale || (form.has(2) && !bias)) return undefined;
  const options = {
    axis: { int: attributes.number("axis", -1) },
    epsilon: { float: attributes.number("epsilon", 1e-5) },
  };
  return scope.node("LayerNormalization", [x, scale, bias], { ...PLAIN, attributes: options });
};

const instanceNormalization: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const [x, scale, bias] = [form.input(0), form.constant(1), form.constant(2)];
  if (!x || !scale || !bias || rankOf(x) !== 4) return undefined;
  const epsilon = { float: attributes.number("epsilon", 1e-5) };
  return scope.node("InstanceNormalization", [scope.channelsFirst(x), scale, bias], { attributes: { epsilon } });
};

/** One part of several along an axis in memory, whose extent does not vary. */
const split: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const [x, value] = [form.input(0), plain(form, 0)];
  const axis = attributes.number("axis", 0);
  const extent = axis === 0 ? undefined : x?.shape[axis - 1];
  if (!value || typeof extent !== "number" || (form.has(1) && !form.list(1))) return undefined;
  const sizes = splitSizes(extent, attributes.list("split") ?? form.list(1), attributes.number("parts", 1));
  const part = attributes.number("part", 0);
  const start = sizes.slice(0, part).reduce((a, b) => a + b, 0);
  const lists = [[start], [start + existing(sizes[part])], [axis]].map((list) => scope.integers(list));
  return scope.node("Slice", [value, ...lists], PLAIN);
};

export const MOVING_FORMS: Readonly<Record<string, WriteOperator>> = {
  ArgMax: position("ArgMax"),
  ArgMin: position("ArgMin"),
  DepthToSpace: blocks("DepthToSpace"),
  Expand: expand,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  Pad: pad,
  SpaceToDepth: blocks("SpaceToDepth"),
  Split: split,
  Tile: tile,
};
