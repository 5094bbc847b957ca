import { reshape, type Tensor } from "../../core/tensor.js";
import { batchNormalization } from "../../ops/norm/batchNormalization.js";
import { groupNormalization } from "../../ops/norm/groupNormalization.js";
import { layerNormalization } from "../../ops/norm/layerNormalization.js";
import { globalAveragePool2d } from "../../ops/pool/globalAveragePool2d.js";
import { globalMaxPool2d } from "../../ops/pool/globalMaxPool2d.js";
import { present } from "../host/present.js";
import type { Operands } from "../layers/operands.js";
import type { Operation } from "./elementwise.js";

/** x [N, …, C] as images [N, H, W, C], and back. */
function onImages(x: Tensor, compute: (images: Tensor) => Tensor): Tensor {
  if (x.shape.length === 4) return compute(x);
  const [n = 1] = x.shape;
  const c = present(x.shape.at(-1));
  return reshape(compute(reshape(x, [n, 1, x.size / n / c, c])), x.shape);
}

/** Each channel of each image by itself: groups of one channel. */
function instance(operands: Operands): Tensor {
  const x = operands.tensor(0);
  return groups(operands, x, present(x.shape.at(-1)));
}

function groups(operands: Operands, x: Tensor, count: number): Tensor {
  const epsilon = operands.attributes.number("epsilon", 1e-5);
  const [scale, bias] = [operands.optional(1), operands.optional(2)];
  return onImages(x, (images) => groupNormalization(images, { groups: count, scale, bias, epsilon }));
}

/** Over all axes from one on. */
function layer(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const axes = Array.from(x.shape.keys()).slice(operands.attributes.number("axis", -1));
  const epsilon = operands.attributes.number("epsilon", 1e-5);
  const shape = axes.map((axis) => present(x.shape[axis]));
  const whole = (weight: Tensor | undefined) => weight && reshape(weight, shape);
  return layerNormalization(x, {
    axes,
    scale: whole(operands.optional(1)),
    bias: whole(operands.optional(2)),
    epsilon,
  });
}

function batch(operands: Operands): Tensor {
  const [x, scale, bias] = [operands.tensor(0), operands.tensor(1), operands.tensor(2)];
  const epsilon = operands.attributes.number("epsilon", 1e-5);
  const axis = operands.attributes.number("axis", -1);
  return batchNormalization(x, operands.tensor(3), operands.tensor(4), { scale, bias, epsilon, axis });
}

/** Of signals [N, L, C] too. */
function globalPool(compute: (images: Tensor) => Tensor): Operation {
  return (operands) => {
    const x = operands.tensor(0);
    if (x.shape.length === 4) return compute(x);
    const [n = 1, l = 1, c = 1] = x.shape;
    return reshape(compute(reshape(x, [n, 1, l, c])), [n, 1, c]);
  };
}

export const NORMALIZING: Readonly<Record<string, Operation>> = {
  BatchNormalization: batch,
  GlobalAveragePool: globalPool((images) => globalAveragePool2d(images)),
  GlobalMaxPool: globalPool((images) => globalMaxPool2d(images)),
  GroupNormalization: (operands) => groups(operands, operands.tensor(0), operands.attributes.number("num_groups", 1)),
  InstanceNormalization: instance,
  LayerNormalization: layer,
};
