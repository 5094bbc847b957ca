import type { Backend, Tensor } from "webgpu-cnn";
import type { Model } from "webgpu-cnn/nn";
import type { HostTensor } from "../operands.js";
import { asleepUntil } from "../waiting.js";
import type { Runner } from "./runner.js";

/** The names of operators whose multiply-adds count. */
const PRODUCTS = /^(?:conv|depthwise|matmul|batchedMatmul|dense)/i;

/** Gives a new backend, and frees what it ran on. */
export interface BackendSource {
  open(): Promise<Backend>;
  close(backend: Backend): void;
}

/** The library by `model.predict`. */
export function predicting(source: BackendSource): Runner {
  return libraryRunner("webgpu-cnn", source, ({ backend, model, input }) => {
    const call = () => {
      const x = backend.tensor(input.data, input.shape);
      const y = model.predict(x);
      x.dispose();
      return y;
    };
    const countFlops = () => {
      const { operators } = backend.explain(() => call().dispose());
      const products = operators.filter(({ operator }) => PRODUCTS.test(operator));
      return products.reduce((sum, { operations }) => sum + operations, 0);
    };
    return { call, countFlops, dispose: () => {} };
  });
}

/** The library by `backend.record`: the operators of `predict` are planned once. */
export function recorded(source: BackendSource): Runner {
  return libraryRunner("recorded", source, ({ backend, model, input }) => {
    const x = backend.zeros(input.shape);
    const step = backend.record((inputs) => ({ y: model.predict(inputs.x) }), { x });
    x.dispose();
    return { call: () => step.run({ x: input.data }).y, dispose: () => step.dispose() };
  });
}

interface Loaded {
  readonly backend: Backend;
  readonly model: Model;
  readonly input: HostTensor;
}

interface Calls {
  call(): Tensor;
  countFlops?(): number;
  dispose(): void;
}

function libraryRunner(name: string, { open, close }: BackendSource, prepare: (loaded: Loaded) => Calls): Runner {
  return {
    name,
    load: async ({ input, load }) => {
      const backend = await open();
      const model = await load(backend);
      const { call, dispose, ...rest } = prepare({ backend, model, input });
      const read = async () => {
        const y = call();
        // The thread sleeps meanwhile. Otherwise the wait would take a core from a software adapter.
        const data = await (backend.kind === "webgpu" ? asleepUntil(y.read()) : y.read());
        y.dispose();
        return { shape: y.shape, data };
      };
      return {
        ...rest,
        read,
        run: async (times) => {
          for (let i = 0; i < times; i++) await read();
        },
        close: async () => {
          dispose();
          model.dispose();
          await backend.settled();
          close(backend);
        },
      };
    },
  };
}
