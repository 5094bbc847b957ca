/** Data and files: for pages, workers and Node alike. */

export type { HostArray, NumericArray } from "./arrays.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  type Metadata,
  type SafetensorsDtype,
  type SafetensorsFile,
  type SafetensorsTensor,
  type TensorEntries,
} from "./safetensors.js";
