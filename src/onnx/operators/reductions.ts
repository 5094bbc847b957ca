import { reshape, type Tensor } from "../../core/tensor.js";
import { abs } from "../../ops/elementwise/abs.js";
import { add } from "../../ops/elementwise/add.js";
import { exp } from "../../ops/elementwise/exp.js";
import { log } from "../../ops/elementwise/log.js";
import { neg } from "../../ops/elementwise/neg.js";
import { sqrt } from "../../ops/elementwise/sqrt.js";
import { square } from "../../ops/elementwise/square.js";
import { sub } from "../../ops/elementwise/sub.js";
import { logSoftmax } from "../../ops/loss/logSoftmax.js";
import { softmax } from "../../ops/loss/softmax.js";
import { argMax } from "../../ops/reduce/argMax.js";
import { reduceMax } from "../../ops/reduce/reduceMax.js";
import { reduceMean } from "../../ops/reduce/reduceMean.js";
import { reduceMin } from "../../ops/reduce/reduceMin.js";
import { reduceSum } from "../../ops/reduce/reduceSum.js";
import { present } from "../host/present.js";
import type { Operation } from "./elementwise.js";

type Over = { readonly axes: readonly number[]; readonly keepDimensions: boolean };

const REDUCTIONS: Readonly<Record<string, (x: Tensor, over: Over) => Tensor>> = {
  ReduceL1: (x, over) => reduceSum(abs(x), over),
  ReduceL2: (x, over) => sqrt(reduceSum(square(x), over)),
  ReduceLogSum: (x, over) => log(reduceSum(x, over)),
  ReduceLogSumExp: (x, over) => {
    const largest = reduceMax(x, { ...over, keepDimensions: true });
    const rest = log(reduceSum(exp(sub(x, largest)), over));
    return add(rest, reshape(largest, rest.shape));
  },
  ReduceMax: reduceMax,
  ReduceMean: reduceMean,
  ReduceMin: reduceMin,
  ReduceSum: reduceSum,
  ReduceSumSquare: (x, over) => reduceSum(square(x), over),
};

export const REDUCTION_NAMES: readonly string[] = Object.keys(REDUCTIONS);

/** Axes are those in memory. */
function reduction(compute: (x: Tensor, over: Over) => Tensor): Operation {
  return (operands) => {
    const { attributes } = operands;
    const keepDimensions = attributes.number("keepdims", 1) !== 0;
    return compute(operands.tensor(0), { axes: attributes.list("axes") ?? [], keepDimensions });
  };
}

function position(compare: (x: Tensor) => Tensor): Operation {
  return (operands) => {
    const { attributes } = operands;
    const keepDimensions = attributes.number("keepdims", 1) !== 0;
    return argMax(compare(operands.tensor(0)), { axis: attributes.number("axis", 0), keepDimensions });
  };
}

/** Over the last axis, or over all from one on. */
function normalized(compute: (x: Tensor) => Tensor): Operation {
  return (operands) => {
    const x = operands.tensor(0);
    const from = operands.attributes.number("from", x.shape.length - 1);
    const row = x.shape.slice(from).reduce((a, b) => a * b, 1);
    return from === x.shape.length - 1 ? compute(x) : reshape(compute(reshape(x, [x.size / row, row])), x.shape);
  };
}

export const REDUCING: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(REDUCTION_NAMES.map((name) => [name, reduction(present(REDUCTIONS[name]))])),
  ArgMax: position((x) => x),
  ArgMin: position((x) => neg(x)),
  LogSoftmax: normalized((x) => logSoftmax(x)),
  Softmax: normalized((x) => softmax(x)),
};
