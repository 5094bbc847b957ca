import { type Backend, createBackend, type Tensor } from "webgpu-cnn";
import { prepareCall } from "./calls.js";
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
    const { compute, ...prepared } = prepareCall(backend, finish, task, inputs);
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
  return contender(backend, async (task, inputs) => prepareCall(backend, () => backend.settled(), task, inputs));
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
