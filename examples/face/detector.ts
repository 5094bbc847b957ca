import type { Backend } from "webgpu-cnn";
import { Normalization, ReLU, readTfjsWeights, type TfjsWeightFiles } from "webgpu-cnn/keras";
import { Conv2D, MaxPooling2D, SeparableConv2D, Sequential } from "webgpu-cnn/nn";

/** Red, green and blue that the network subtracts. */
const MEAN = [117.001, 114.697, 97.404];

const leaky = () => new ReLU({ negativeSlope: 0.1 });
const halve = () => new MaxPooling2D({ poolSize: 2, padding: "same" });
const separable = (name: string, filters: number) => new SeparableConv2D({ name, filters, kernelSize: 3, padding: 1 });

/**
 * The layers of face-api's TinyFaceDetector, without its weights.
 *
 * It takes pictures [N, S, S, 3] with values from 0 to 255, where S is a multiple of 32. It gives [N, S / 32, S / 32, 25]:
 * five boxes of five numbers for each cell.
 */
export function tinyFaceDetector(backend: Backend): Sequential {
  const layers = [
    new Normalization({ mean: MEAN, variance: 255 ** 2 }), // (x − mean) / 255
    ...[new Conv2D({ name: "conv0", filters: 16, kernelSize: 3 }), leaky(), halve()],
    ...[separable("conv1", 32), leaky(), halve()],
    ...[separable("conv2", 64), leaky(), halve()],
    ...[separable("conv3", 128), leaky(), halve()],
    ...[separable("conv4", 256), leaky(), halve()],
    ...[separable("conv5", 512), leaky(), new MaxPooling2D({ poolSize: 2, strides: 1, padding: "same" })],
    new Conv2D({ name: "conv8", filters: 25, kernelSize: 1 }),
  ];
  return new Sequential(layers).build(backend, { inputShape: [null, null, 3] });
}

/** The names of weights: face-api's, and those of the layers here. */
const WEIGHTS = new Map([
  ["filters", "kernel"],
  ["depthwise_filter", "depthwiseKernel"],
  ["pointwise_filter", "pointwiseKernel"],
  ["bias", "bias"],
]);

/** Gives the detector the weights of face-api's files. */
export function loadFaceWeights(model: Sequential, files: TfjsWeightFiles): void {
  const tensors = new Map(
    [...readTfjsWeights(files).tensors].map(([name, { shape, data }]) => {
      const [layer, weight = ""] = name.split("/");
      const [r = 1, s = 1, channels = 1, multiplier = 1] = shape;
      // TensorFlow's depthwise filters are [R, S, C, multiplier], those here are [R, S, 1, C · multiplier]. The values are the same.
      const own = weight === "depthwise_filter" ? [r, s, 1, channels * multiplier] : shape;
      return [`${layer}.${WEIGHTS.get(weight)}`, { shape: own, data }];
    }),
  );
  model.loadWeights({ tensors });
}
