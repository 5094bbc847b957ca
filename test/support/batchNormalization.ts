import type { Backend, BatchNormalizationOptions, Tensor } from "webgpu-cnn";
import { upload } from "./backends.js";
import type * as oracle from "./float64/batchNormalization.js";

/** The oracle's options, with tensors in place of its operands. */
export function uploadOptions(backend: Backend, options: oracle.BatchNormalizationOptions): BatchNormalizationOptions {
  const { scale, bias, ...rest } = options;
  return {
    ...rest,
    ...(scale ? { scale: upload(backend, scale) } : {}),
    ...(bias ? { bias: upload(backend, bias) } : {}),
  };
}

/** Reads each result of `make`, and disposes of everything that it made. */
export async function evaluateAll<Name extends string>(
  backend: Backend,
  make: () => Readonly<Record<Name, Tensor>>,
): Promise<Readonly<Record<Name, Float32Array>>>;
export async function evaluateAll(
  backend: Backend,
  make: () => Readonly<Record<string, Tensor>>,
): Promise<Readonly<Record<string, Float32Array>>> {
  const results = Object.entries(backend.tidy(make));
  try {
    return Object.fromEntries(await Promise.all(results.map(async ([name, tensor]) => [name, await tensor.read()])));
  } finally {
    for (const [, tensor] of results) tensor.dispose();
  }
}
