import {
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  conv2d,
  conv2dBackwardBias,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  createBackend,
  maxPool2d,
  maxPool2dBackward,
  pad2d,
  pad2dBackward,
  type Tensor,
  transpose,
} from "webgpu-cnn";
import type { Contender, Explanation, Prepared } from "./contender.js";
import type { Inputs } from "./operands.js";
import type { Task } from "./tasks.js";
import { asleepUntil, workDone } from "./waiting.js";

/** The library on a WebGPU device. */
export async function openOnDevice(device: GPUDevice): Promise<Contender> {
  const backend = await createBackend({ device });
  const finish = async () => {
    backend.flush();
    await workDone(device);
  };
  return contender(backend, async (task, inputs) => {
    const { compute, ...prepared } = prepare(backend, finish, task, inputs);
    await finish();
    return {
      ...prepared,
      explanation: explanationOf(backend, compute),
      kernelMilliseconds: async () => {
        // The thread sleeps. Otherwise the wait would take a core from the measured work.
        const { kernels } = await asleepUntil(backend.profile(() => compute().dispose()));
        return kernels.reduce<number | undefined>(
          (sum, { milliseconds }) => (sum === undefined || milliseconds === undefined ? undefined : sum + milliseconds),
          0,
        );
      },
    };
  });
}

/** The library on WebAssembly. */
export async function openOnWasm(threads: number): Promise<Contender> {
  const backend = await createBackend({ kind: "wasm", threads });
  return contender(backend, async (task, inputs) => prepare(backend, () => backend.settled(), task, inputs));
}

/** @param prepare also says how to dispose of the inputs */
function contender(
  backend: Backend,
  prepare: (task: Task, inputs: Inputs) => Promise<Prepared & { dispose(): void }>,
): Contender {
  const all: { dispose(): void }[] = [];
  return {
    name: "webgpu-cnn",
    prepare: async (task, inputs) => {
      const prepared = await prepare(task, inputs);
      all.push(prepared);
      return prepared;
    },
    close: async () => {
      for (const prepared of all) prepared.dispose();
      // Rejects with errors that no read has reported.
      await backend.settled();
      backend.destroy();
    },
  };
}

/** @param finish resolves when all queued work is done */
function prepare(
  backend: Backend,
  finish: () => Promise<void>,
  task: Task,
  inputs: Inputs,
): Prepared & { compute(): Tensor; dispose(): void } {
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

/** A short text: the kernels with their tiles. */
function explanationOf(backend: Backend, compute: () => Tensor): Explanation {
  const { operators } = backend.explain(compute);
  const plans = operators.flatMap(({ dispatches }) =>
    dispatches.map(({ kernel, constants }) => {
      const tiles = Object.entries(constants).filter(([name]) => /^TILE(_|$)/.test(name));
      const name = kernel.replace(/^.*\/|\.wgsl$/g, "");
      return `${name}${tiles.length > 0 ? ` ${tiles.map(([, value]) => value).join("×")}` : ""}${constants["QUADS"] === true ? " quads" : ""}`;
    }),
  );
  const workspaceBytes = operators.reduce((sum, operator) => sum + operator.workspaceBytes, 0);
  return { plan: plans.join(", "), workspaceBytes };
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
