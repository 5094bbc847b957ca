import type { Variable } from "../../core/backend.js";
import { existing } from "../../core/objects.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { FileTensor } from "./format.js";

/**
 * The images [H, W, C] that a Flatten before a Dense layer has made one row of, by the name of the Dense layer's
 * kernel.
 */
export type FlattenedInputs = ReadonlyMap<string, Shape>;

/** PyTorch's names of a normalization's weights, and those of this library. */
const NORMALIZATION = new Map([
  ["weight", "gamma"],
  ["bias", "beta"],
  ["running_mean", "movingMean"],
  ["running_var", "movingVariance"],
]);

/** A tensor of a file that the model may have, under the model's name for it. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: FileTensor;
}

/** A tensor of a state_dict, with the name and layout of this library. Undefined if it is no weight. */
export function fromPyTorch(
  { name, tensor }: NamedTensor,
  weights: ReadonlyMap<string, Variable>,
  flattened: FlattenedInputs,
): NamedTensor | undefined {
  const dot = name.lastIndexOf(".");
  const [layer, leaf] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  if (leaf === "num_batches_tracked") return undefined;
  const own = weights.has(name) ? name : `${layer}.${ownLeaf(layer, leaf, weights)}`;
  return { name: own, tensor: perChannel(turnedTensor(tensor, flattened.get(own)), weights.get(own)?.shape) };
}

/** Whether names of a file are those of a state_dict. Models of this library have no weight of these names. */
export function looksLikePyTorch(names: readonly string[]): boolean {
  return names.some((name) => /(^|\.)(weight|running_mean|running_var|num_batches_tracked)$/.test(name));
}

/** A number for each channel, as [1, 1, C] if the model has it in this shape: the slopes of PReLU. */
function perChannel({ shape, data }: FileTensor, expected: Shape = shape): FileTensor {
  const isSame = shape.length === 1 && shape[0] === expected.at(-1) && shape[0] === elementsOf(expected);
  return { shape: isSame ? expected : shape, data };
}

function ownLeaf(layer: string, leaf: string, weights: ReadonlyMap<string, Variable>): string {
  const isNormalization = ["gamma", "beta", "movingMean"].some((name) => weights.has(`${layer}.${name}`));
  if (isNormalization) return NORMALIZATION.get(leaf) ?? leaf;
  if (leaf !== "weight") return leaf;
  // PReLU's slopes.
  return weights.has(`${layer}.alpha`) ? "alpha" : "kernel";
}

/** Kernels have their outputs last here, and first in PyTorch. Transposed ones have the inputs last, and first. */
function turnedTensor(tensor: FileTensor, image: Shape | undefined): FileTensor {
  const { shape } = tensor;
  if (shape.length === 4) return permuted(tensor, [2, 3, 1, 0]);
  if (shape.length !== 2) return tensor;
  const kernel = permuted(tensor, [1, 0]);
  const [h = 1, w = 1, c = 1] = image ?? [];
  const [features = 1, units = 1] = kernel.shape;
  if (!image || features !== h * w * c) return kernel;
  // PyTorch flattens [C, H, W].
  const rows = permuted({ shape: [c, h, w, units], data: kernel.data }, [1, 2, 0, 3]);
  return { shape: kernel.shape, data: rows.data };
}

/** Output axis i is input axis `axes[i]`. */
function permuted({ shape, data }: FileTensor, axes: readonly number[]): FileTensor {
  const strides = shape.map((_, axis) => elementsOf(shape.slice(axis + 1)));
  const extents = axes.map((axis) => existing(shape[axis]));
  const steps = axes.map((axis) => existing(strides[axis]));
  const moved = new Float64Array(data.length);
  const index = extents.map(() => 0);
  for (let i = 0; i < moved.length; i++) {
    moved[i] = Number(data[index.reduce((at, position, axis) => at + position * existing(steps[axis]), 0)]);
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const next = existing(index[axis]) + 1;
      index[axis] = next < existing(extents[axis]) ? next : 0;
      if (next < existing(extents[axis])) break;
    }
  }
  return { shape: extents, data: moved };
}
