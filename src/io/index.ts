// Data and file formats, for pages, workers and Node.

export type { ElementTypeName, HostArray, NumericArray } from "./arrays.js";
export { type Batch, type Batches, type BatchesOptions, batches, type Dataset } from "./batches.js";
export { gunzip, type UnpackOptions } from "./gunzip.js";
export { readIdx } from "./idx.js";
export {
  type ImageSource,
  type ImageToTensorOptions,
  imageToTensor,
  type Pixels,
  tensorToImageData,
} from "./images.js";
export { readNpy, writeNpy } from "./npy.js";
export { type ReadNpzOptions, readNpz } from "./npz.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  type Metadata,
  type SafetensorsDtype,
  type SafetensorsFile,
  type SafetensorsTensor,
  type TensorEntries,
  type TensorFile,
} from "./safetensors.js";
