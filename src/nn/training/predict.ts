import type { Backend } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import type { Shape } from "../../core/shape.js";
import { sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import type { Examples } from "../data/dataset.js";
import { batchesOf } from "../data/source.js";

/** Outputs in the host's memory. */
export interface Predicted {
  /** [N, …] */
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Computes the outputs of all examples, batch by batch. One batch is computed while the one before it is read. */
export async function predictedAll(
  backend: Backend,
  run: (inputs: readonly Tensor[]) => readonly Tensor[],
  examples: Examples,
  batchSize: number,
): Promise<readonly Predicted[]> {
  const order = { batchSize, shuffle: false, seed: 0, dropLast: false, augmentation: undefined };
  const shapes: Shape[] = [];
  const results: Float32Array[] = [];
  const take = async ({ first, count, tensors }: Running) => {
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
        results[i] ??= new Float32Array((examples.count * tensor.size) / size);
        const values = await tensor.read();
        results[i].set(values, (first * tensor.size) / size);
      }
    } finally {
      for (const tensor of tensors) tensor.dispose();
    }
  };
  let running: Running | undefined;
  let first = 0;
  try {
    for await (const batch of batchesOf(examples, order).epoch(0, 0)) {
      const tensors = backend.tidy(() =>
        run([...batch.inputs.values()].map(({ data, shape }) => backend.tensor(data, shape))),
      );
      const before = running;
      running = { first, count: batch.size, tensors };
      first += batch.size;
      if (before) await take(before);
    }
    if (running) await take(running);
  } finally {
    for (const tensor of running?.tensors ?? []) tensor.dispose();
  }
  return results.map((data, i) => ({ shape: [examples.count, ...existing(shapes[i])], data }));
}

/** Outputs that are being computed. `first` is the number of their first example. */
interface Running {
  readonly first: number;
  readonly count: number;
  readonly tensors: readonly Tensor[];
}
