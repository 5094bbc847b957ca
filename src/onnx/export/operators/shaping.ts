import { existing } from "../../../core/objects.js";
import { plainOrder } from "../../host/orders.js";
import type { OnnxAttribute } from "../form.js";
import type { WriteOperator } from "./elementwise.js";
import { PLAIN, placeOf, plain, rankOf } from "./places.js";

/** Axes of extent 1 come and go. */
const axes: WriteOperator = ({ scope, attributes, inputs: [x] }) => {
  if (!x) return undefined;
  const sources = attributes.list("sources") ?? [];
  const kept = sources.filter((axis) => axis >= 0);
  const places = kept.map((axis) => placeOf(x, axis));
  const keepsOrder = places.every((place, i) => i === 0 || place > existing(places[i - 1]));
  const value = keepsOrder ? x : scope.channelsLast(x);
  const gone = plainOrder(rankOf(x)).filter((axis) => !kept.includes(axis));
  const come = sources.flatMap((axis, i) => (axis < 0 ? [i] : []));
  const goneInValue = gone.map((axis) => placeOf(value, axis));
  const ordered = scope.inOrder(value);
  const squeezed = gone.length > 0 ? scope.node("Squeeze", [ordered, scope.integers(goneInValue)], PLAIN) : ordered;
  return come.length > 0 ? scope.node("Unsqueeze", [squeezed, scope.integers(come)], PLAIN) : squeezed;
};

const REDUCTIONS = [
  ...["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax"],
  ...["ReduceMean", "ReduceMin", "ReduceSum", "ReduceSumSquare"],
];

function reduction(operator: string): WriteOperator {
  return ({ scope, attributes, inputs: [x] }) => {
    const over = attributes.list("axes") ?? [];
    const keepdims = attributes.number("keepdims", 1);
    if (!x || over.length === 0) return undefined;
    const value = keepdims === 1 ? scope.inOrder(x) : scope.channelsLast(x);
    const places = over.map((axis) => placeOf(value, axis));
    const options: Record<string, OnnxAttribute> = { keepdims: { int: keepdims } };
    // ReduceSum has had its axes as an input for longer than the others.
    if (scope.opset >= 18 || operator === "ReduceSum")
      return scope.node(operator, [value, scope.integers(places)], { attributes: options });
    return scope.node(operator, [value], { attributes: { ...options, axes: { ints: places } } });
  };
}

const reshape: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const [x] = form.inputs;
  if (!x || !form.input(0)) return undefined;
  const given = attributes.list("shape");
  const shape = given ? scope.integers(given) : form.integers(1);
  if (!shape) return undefined;
  const file = form.fileOrder(x, attributes.list("order") ?? plainOrder(rankOf(x)));
  const allowzero = { int: attributes.number("allowzero", 0) };
  const y = scope.node("Reshape", [file, shape], { ...PLAIN, attributes: { allowzero } });
  const result = attributes.list("result");
  return result ? form.fromFile(y, result) : y;
};

const slice: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const x = form.input(0);
  if (!x) return undefined;
  const order = attributes.list("order") ?? plainOrder(rankOf(x));
  const lists = ["starts", "ends", "axes"].map((name, i) => {
    const list = attributes.list(name);
    return list ? scope.integers(list) : form.integers(i + 1);
  });
  const steps = form.integers(4);
  if (!lists[0] || !lists[1] || (form.has(3) && !lists[2]) || (form.has(4) && !steps)) return undefined;
  const y = scope.node("Slice", [form.fileOrder(x, order), ...lists, steps], PLAIN);
  return form.fromFile(y, order);
};

const TEXTS = ["mode", "coordinate_transformation_mode", "nearest_mode"];

const resize: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const x = form.input(0);
  const known = [...TEXTS, "scales", "order", "cubic_coeff_a", "exclude_outside", "extrapolation_value"];
  if (!x || form.has(1) || Object.keys(attributes.plain).some((name) => !known.includes(name))) return undefined;
  const order = attributes.list("order") ?? plainOrder(rankOf(x));
  const scales = attributes.list("scales") ?? form.list(2);
  const sizes = form.has(3) ? form.integers(3) : undefined;
  if ((form.has(2) && !scales) || (!scales && !sizes)) return undefined;
  const options: Record<string, OnnxAttribute> = {};
  for (const [name, value] of Object.entries(attributes.plain)) {
    if (TEXTS.includes(name)) options[name] = { text: String(value) };
    if (name === "exclude_outside") options[name] = { int: Number(value) };
    if (name === "cubic_coeff_a" || name === "extrapolation_value") options[name] = { float: Number(value) };
  }
  const inputs = [form.fileOrder(x, order), undefined, sizes ? undefined : scales && scope.numbers(scales), sizes];
  return form.fromFile(scope.node("Resize", inputs, { ...PLAIN, attributes: options }), order);
};

const transpose: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const perm = attributes.list("perm") ?? [];
  const x = plain(form, 0);
  return x && scope.node("Transpose", [x], { ...PLAIN, attributes: { perm: { ints: perm } } });
};

const matmul: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const [a, b] = [plain(form, 0), plain(form, 1)];
  if (!a || !b) return undefined;
  const turned = attributes.number("transposeB", 0) !== 0;
  const rank = form.shape(1)?.length ?? 0;
  const perm = plainOrder(rank).toSpliced(rank - 2, 2, rank - 1, rank - 2);
  const right =
    turned && rank > 1 ? scope.node("Transpose", [b], { ...PLAIN, attributes: { perm: { ints: perm } } }) : b;
  return scope.node("MatMul", [a, right], PLAIN);
};

const gemm: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const [a, b, c] = [plain(form, 0), plain(form, 1), form.has(2) ? plain(form, 2) : undefined];
  if (!a || !b || (form.has(2) && !c)) return undefined;
  const options = {
    ...{ alpha: { float: attributes.number("alpha", 1) }, beta: { float: attributes.number("beta", 1) } },
    ...{ transA: { int: attributes.number("transA", 0) }, transB: { int: attributes.number("transB", 0) } },
  };
  return scope.node("Gemm", [a, b, c], { ...PLAIN, attributes: options });
};

const concat: WriteOperator = (form) => {
  const { attributes, scope } = form;
  const values = Array.from({ length: form.count }, (_, i) => plain(form, i));
  if (values.includes(undefined)) return undefined;
  return scope.node("Concat", values, { ...PLAIN, attributes: { axis: { int: attributes.number("axis", 0) } } });
};

const flatten: WriteOperator = (form) => {
  const x = plain(form, 0);
  const axis = { int: form.attributes.number("axis", 1) };
  return x && form.scope.node("Flatten", [x], { ...PLAIN, attributes: { axis } });
};

/** Over the last axis in memory. */
function normalized(operator: string): WriteOperator {
  return ({ scope, attributes, inputs: [x] }) => {
    if (!x || attributes.plain["from"] !== undefined) return undefined;
    const value = scope.inOrder(x);
    return scope.node(operator, [value], { attributes: { axis: { int: placeOf(value, rankOf(x) - 1) } } });
  };
}

export const SHAPING_FORMS: Readonly<Record<string, WriteOperator>> = {
  ...Object.fromEntries(REDUCTIONS.map((name) => [name, reduction(name)])),
  Axes: axes,
  Concat: concat,
  Flatten: flatten,
  Gemm: gemm,
  LogSoftmax: normalized("LogSoftmax"),
  MatMul: matmul,
  Reshape: reshape,
  Resize: resize,
  Slice: slice,
  Softmax: normalized("Softmax"),
  Transpose: transpose,
};
