/** The CPU twin of every operator, by the operator's name, and their magnitudes. Loaded as a whole where the reference is needed, and only there. */

export { adamUpdate, adamUpdateMagnitude } from "./adamUpdate.js";
export { add } from "./add.js";
export { averagePool2d } from "./averagePool2d.js";
export { averagePool2dBackward } from "./averagePool2dBackward.js";
export { batchNormalization, batchNormalizationMagnitude } from "./batchNormalization.js";
export { batchNormalizationBackward, batchNormalizationBackwardMagnitude } from "./batchNormalizationBackward.js";
export { batchNormalizationTraining, batchNormalizationTrainingMagnitude } from "./batchNormalizationTraining.js";
export {
  batchNormalizationTrainingBackward,
  batchNormalizationTrainingBackwardMagnitude,
} from "./batchNormalizationTrainingBackward.js";
export { clipScale } from "./clipScale.js";
export { concat } from "./concat.js";
export { conv2d } from "./conv2d.js";
export { conv2dBackwardBias } from "./conv2dBackwardBias.js";
export { conv2dBackwardFilter } from "./conv2dBackwardFilter.js";
export { conv2dBackwardInput } from "./conv2dBackwardInput.js";
export { convTranspose2d } from "./convTranspose2d.js";
export { dropout } from "./dropout.js";
export { globalAveragePool2d } from "./globalAveragePool2d.js";
export { globalAveragePool2dBackward } from "./globalAveragePool2dBackward.js";
export { leakyRelu } from "./leakyRelu.js";
export { leakyReluBackward } from "./leakyReluBackward.js";
export { matmul } from "./matmul.js";
export { maxPool2d } from "./maxPool2d.js";
export { maxPool2dBackward } from "./maxPool2dBackward.js";
export { meanSquaredError } from "./meanSquaredError.js";
export { meanSquaredErrorBackward } from "./meanSquaredErrorBackward.js";
export { mul } from "./mul.js";
export { pad2d } from "./pad2d.js";
export { pad2dBackward } from "./pad2dBackward.js";
export { reduceMean } from "./reduceMean.js";
export { reduceMeanBackward } from "./reduceMeanBackward.js";
export { reduceSum } from "./reduceSum.js";
export { reduceSumBackward } from "./reduceSumBackward.js";
export { relu } from "./relu.js";
export { reluBackward } from "./reluBackward.js";
export { resample2d } from "./resample2d.js";
export { resample2dBackward } from "./resample2dBackward.js";
export { sgdUpdate, sgdUpdateMagnitude } from "./sgdUpdate.js";
export { sigmoid, sigmoidMagnitude } from "./sigmoid.js";
export { sigmoidBackward } from "./sigmoidBackward.js";
export { slice } from "./slice.js";
export { sliceBackward } from "./sliceBackward.js";
export { softmax, softmaxMagnitude } from "./softmax.js";
export { softmaxBackward, softmaxBackwardMagnitude } from "./softmaxBackward.js";
export { softmaxCrossEntropy, softmaxCrossEntropyMagnitude } from "./softmaxCrossEntropy.js";
export { softmaxCrossEntropyBackward, softmaxCrossEntropyBackwardMagnitude } from "./softmaxCrossEntropyBackward.js";
export { tanh, tanhMagnitude } from "./tanh.js";
export { tanhBackward } from "./tanhBackward.js";
export { transpose } from "./transpose.js";
export { winogradMagnitude } from "./winogradMagnitude.js";
