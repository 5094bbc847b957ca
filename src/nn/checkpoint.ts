import type { Variable } from "../core/backend.js";
import { OptionError, ShapeError } from "../core/errors.js";
import type { Shape } from "../core/shape.js";

/** A model's state in the host's memory, as `saveCheckpoint` and `encodeSafetensors` of webgpu-cnn/io take it. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array<ArrayBuffer> }>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The same as it comes back, from `loadCheckpoint` or `decodeSafetensors`. */
export interface LoadedCheckpoint {
  readonly tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: ArrayLike<number | bigint> }>;
  readonly metadata: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
}

const FORMAT = "webgpu-cnn model 1";

/** Reads all variables, as of this call. */
export async function readState(
  state: ReadonlyMap<string, Variable>,
  metadata: Readonly<Record<string, string>>,
): Promise<Checkpoint> {
  // All reads are queued before the first is waited for, so that they show one moment.
  const reads = [...state].map(async ([name, variable]) => {
    const data = Float32Array.from(await variable.read());
    return [name, { shape: variable.shape, data }] as const;
  });
  return { tensors: new Map(await Promise.all(reads)), metadata: { format: FORMAT, ...metadata } };
}

/**
 * Writes a checkpoint's values into the variables, all of them or none.
 *
 * @returns at which step it was taken
 */
export function restoreState(state: ReadonlyMap<string, Variable>, { tensors, metadata }: LoadedCheckpoint): number {
  const told = metadata instanceof Map ? metadata : new Map(Object.entries(metadata));
  if (told.get("format") !== FORMAT) {
    throw new OptionError(
      `restore: the checkpoint is no model's of this library: its format is ${told.get("format") ?? "not said"}, expected ${FORMAT}`,
    );
  }
  const step = Number(told.get("step"));
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new OptionError(`restore: the checkpoint's step is ${told.get("step")}, expected a number of steps`);
  }
  const missing = [...state.keys()].filter((name) => !tensors.has(name));
  const unknown = [...tensors.keys()].filter((name) => !state.has(name));
  if (missing.length > 0 || unknown.length > 0) {
    const listed = (names: readonly string[]) => names.slice(0, 4).join(", ") || "none";
    throw new OptionError(
      `restore: the checkpoint is another model's or another optimizer's: it lacks ${listed(missing)}, and has ${listed(unknown)} too many`,
    );
  }
  const values = [...state].map(([name, variable]) => {
    const tensor = tensors.get(name);
    if (!tensor || tensor.shape.join() !== variable.shape.join()) {
      throw new ShapeError(
        `restore: the checkpoint's ${name} is [${tensor?.shape.join(", ")}], expected [${variable.shape.join(", ")}]`,
      );
    }
    return [variable, Float32Array.from({ length: variable.size }, (_, i) => Number(tensor.data[i]))] as const;
  });
  for (const [variable, data] of values) variable.write(data);
  return step;
}
