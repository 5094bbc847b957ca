import type { Runner } from "../nets/runner.js";
import { requireInstalled } from "./missing.js";

type Core = typeof import("@tensorflow/tfjs-core");

/**
 * Whole nets in TensorFlow.js, on its current backend.
 *
 * @param data waits for a tensor's values
 * @throws (rejects with) PeerMissingError
 */
export async function tfjsRunner(
  name: string,
  core: Core,
  data: (values: Promise<Float32Array>) => Promise<Float32Array> = (values) => values,
): Promise<Runner> {
  requireInstalled(name, "@tensorflow/tfjs-layers");
  const { loadLayersModel } = await import("@tensorflow/tfjs-layers");
  return {
    name,
    load: async ({ layersModel, input }) => {
      if (!layersModel) return "it reads no ONNX files";
      const { modelTopology, weightsManifest }: { modelTopology: object; weightsManifest: { weights: object[] }[] } =
        JSON.parse(layersModel.modelJson);
      const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
      const weightData = layersModel.weights.slice().buffer;
      const model = await loadLayersModel(core.io.fromMemory({ modelTopology, weightSpecs, weightData }));
      const read = async () => {
        const x = core.tensor(input.data, input.shape);
        const y = model.predict(x);
        const values = { shape: y.shape, data: await data(y.data()) };
        x.dispose();
        y.dispose();
        return values;
      };
      return {
        read,
        run: async (times) => {
          for (let i = 0; i < times; i++) await read();
        },
        close: async () => model.dispose(),
      };
    },
  };
}
