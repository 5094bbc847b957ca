import { channelsFirst, channelsLast } from "../../test/onnx/support/arrays.js";
import type { Runner } from "../nets/runner.js";
import { onnxModel } from "./onnxModel.js";
import { type Ort, openSession } from "./onnxruntime.js";

/** Whole nets in ONNX Runtime. */
export async function onnxRunner({ name, runtime }: Ort, threads: number): Promise<Runner> {
  // A session of one small node starts the engine.
  const tiny = { operator: "Relu", attributes: {}, inputShape: [1], constants: [], outputShape: [1] };
  await (await openSession(runtime, onnxModel(tiny), threads)).release();
  return {
    name,
    load: async ({ onnx, input }) => {
      const session = await openSession(runtime, onnx, threads);
      const [inputName = ""] = session.inputNames;
      const [outputName = ""] = session.outputNames;
      const x = channelsFirst(input);
      const run = async () => {
        const outputs = await session.run({ [inputName]: new runtime.Tensor("float32", x.data, x.shape) });
        const y = outputs[outputName];
        if (!(y?.data instanceof Float32Array)) throw new Error("the net has another output than float32");
        return { shape: y.dims, data: y.data };
      };
      return {
        read: async () => channelsLast(await run()),
        run: async (times) => {
          for (let i = 0; i < times; i++) await run();
        },
        close: () => session.release(),
      };
    },
  };
}
