import {
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  conv2d,
  conv2dBackwardBias,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  maxPool2d,
  maxPool2dBackward,
  pad2d,
  pad2dBackward,
  type Tensor,
  transpose,
} from "webgpu-cnn";
import type { Prepared } from "./contender.js";
import type { Inputs } from "./operands.js";
import type { Task } from "./tasks.js";

/** A call of the library, ready to be timed. */
export interface PreparedCall extends Prepared {
  compute(): Tensor;
  /** Frees the inputs. */
  dispose(): void;
}

/** Prepares a call. @param finish resolves when all queued work is done */
export function prepareCall(backend: Backend, finish: () => Promise<void>, task: Task, inputs: Inputs): PreparedCall {
  const tensors = inputs.map(({ data, shape }) => backend.tensor(data, shape));
  const compute = () =>
    // Some operators return more tensors than the one that is checked.
    backend.tidy(() =>
      call(task, (name) => {
        const tensor = tensors.get(name);
        if (!tensor) throw new Error(`${task.operator} has no input ${name}`);
        return tensor;
      }),
    );
  return {
    compute,
    run: async (times) => {
      for (let i = 0; i < times; i++) compute().dispose();
      await finish();
    },
    read: async () => {
      const output = compute();
      const values = await output.read();
      output.dispose();
      return values;
    },
    dispose: () => {
      for (const tensor of tensors.values()) tensor.dispose();
    },
  };
}

function call(task: Task, input: (name: string) => Tensor): Tensor {
  switch (task.operator) {
    case "conv2d":
      return conv2d(input("x"), input("w"), task.options);
    case "conv2dBackwardInput":
      return conv2dBackwardInput(input("dy"), input("w"), task.x, task.options);
    case "conv2dBackwardFilter":
      return conv2dBackwardFilter(input("x"), input("dy"), task.w, task.options);
    case "conv2dBackwardBias":
      return conv2dBackwardBias(input("dy"), task.options);
    case "maxPool2d":
      return maxPool2d(input("x"), task.options);
    case "maxPool2dBackward":
      return maxPool2dBackward(input("x"), input("dy"), task.options);
    case "averagePool2d":
      return averagePool2d(input("x"), task.options);
    case "averagePool2dBackward":
      return averagePool2dBackward(task.x, input("dy"), task.options);
    case "pad2d":
      return pad2d(input("x"), task.options);
    case "pad2dBackward":
      return pad2dBackward(task.x, input("dy"), task.options);
    case "transpose":
      return transpose(input("x"), { permutation: task.permutation });
    case "other":
      return task.of.call(input);
  }
}
