import type { Backend } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import { existing, sum } from "../../core/objects.js";
import type { Shape } from "../../core/shape.js";
import { sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import type { BatchSource } from "../data/source.js";

/** Outputs in the host's memory. */
export interface Predicted {
  /** [N, …] */
  readonly shape: Shape;
  /** The values in row-major order. */
  readonly data: Float32Array;
}

/** Computes the outputs of all examples, batch by batch. One batch is computed while the one before it is read. */
export async function predictedAll(
  backend: Backend,
  run: (inputs: readonly Tensor[]) => readonly Tensor[],
  source: BatchSource,
): Promise<readonly Predicted[]> {
  const shapes: Shape[] = [];
  const parts: Float32Array[][] = [];
  const take = async ({ count, tensors }: Running) => {
    try {
      for (const [i, tensor] of tensors.entries()) {
        const [size = 1, ...example] = tensor.shape;
        shapes[i] ??= example;
        if (size !== count) {
          throw new ShapeError(
            `predictAll: the output for ${count} examples is [${tensor.shape.join(", ")}], expected the examples as the first axis; use predict`,
          );
        }
        if (!sameShape(existing(shapes[i]), example)) {
          throw new ShapeError("predictAll: the outputs of two batches differ in shape");
        }
        parts[i] ??= [];
        parts[i].push(await tensor.read());
      }
    } finally {
      for (const tensor of tensors) tensor.dispose();
    }
  };
  let running: Running | undefined;
  let examples = 0;
  try {
    for await (const batch of source.epoch(0, 0)) {
      const tensors = backend.tidy(() =>
        run([...batch.inputs.values()].map(({ data, shape }) => backend.tensor(data, shape))),
      );
      const before = running;
      running = { count: batch.size, tensors };
      examples += batch.size;
      if (before) await take(before);
    }
    if (running) await take(running);
  } finally {
    for (const tensor of running?.tensors ?? []) tensor.dispose();
  }
  return parts.map((values, i) => ({ shape: [examples, ...existing(shapes[i])], data: joined(values) }));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(sum(parts.map(({ length }) => length)));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Outputs that are being computed, for so many examples. */
interface Running {
  readonly count: number;
  readonly tensors: readonly Tensor[];
}
