/** The library that wrote a file. Some functions are others in each. */
export type Writer = "keras2" | "keras3" | "tfjs";

/** @param version what the file says as the version of Keras. TensorFlow.js writes "tfjs-layers 4.22.0" there */
export function writerOf(version: unknown): Writer {
  if (typeof version !== "string") return "keras2";
  if (version.startsWith("tfjs")) return "tfjs";
  return /^[3-9]\./.test(version) ? "keras3" : "keras2";
}
