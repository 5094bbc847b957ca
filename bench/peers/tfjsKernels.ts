import type { Prepared } from "../contender.js";
import type { Inputs } from "../operands.js";
import type { Task } from "../tasks.js";
import { FORWARD_OUTPUT, INPUT_LIKE, type KernelCall, kernelCall, kernelFilterShape } from "./tfjsCalls.js";

type Core = typeof import("@tensorflow/tfjs-core");
type Tensor = import("@tensorflow/tfjs-core").Tensor;

/** What differs between the backends of TensorFlow.js. */
export interface TfjsBackend {
  /** Brings the values of a new tensor to where the backend computes. */
  upload(tensor: Tensor): void;
  /** Resolves when all queued work is done. */
  finish(): Promise<void>;
}

/** A prepared operator. */
export interface PreparedKernel extends Prepared {
  /** Disposes of the inputs. */
  dispose(): void;
}

/** Prepares an operator on the current backend of TensorFlow.js. Undefined if it has none. */
export async function prepareKernel(
  core: Core,
  backend: TfjsBackend,
  task: Task,
  inputs: Inputs,
): Promise<PreparedKernel | undefined> {
  const call = kernelCall(task);
  if (!call) return undefined;
  const upload = (values: Float32Array, shape: readonly number[]) => {
    const tensor = core.tensor(values, shape);
    backend.upload(tensor);
    return tensor;
  };
  const tensors = new Map<string, Tensor>(
    inputs.map(({ data, shape }, name) => upload(data, name === "w" ? filterShape(task, shape) : shape)),
  );
  const compute = ({ kernel, inputs: names, attributes }: KernelCall) => {
    const given = Object.entries(names).map(([input, name]) => {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`${kernel} has no ${name}`);
      return [input, tensor] as const;
    });
    return core.engine().runKernel(kernel, Object.fromEntries(given), attributes);
  };
  if (task.operator === "averagePool2dBackward") {
    const elements = task.x.reduce((size, extent) => size * extent, 1);
    tensors.set(INPUT_LIKE, upload(new Float32Array(elements), task.x));
  }
  if (task.operator === "maxPool2dBackward") {
    const forward = kernelCall({ ...task, operator: "maxPool2d" });
    if (forward) tensors.set(FORWARD_OUTPUT, compute(forward));
  }
  await backend.finish();
  return {
    run: async (times) => {
      for (let i = 0; i < times; i++) compute(call).dispose();
      await backend.finish();
    },
    read: async () => {
      const output = compute(call);
      const values = await output.data();
      output.dispose();
      return values;
    },
    dispose: () => {
      for (const tensor of tensors.values()) tensor.dispose();
    },
  };
}

function filterShape(task: Task, shape: readonly number[]): readonly number[] {
  return "w" in task ? kernelFilterShape(shape, task.options.groups ?? 1) : shape;
}
