import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { HostTensor } from "./arrays.js";

export { channelsFirst, channelsLast, type HostTensor, largestDifference } from "./arrays.js";

/**
 * ONNX Runtime runs a file.
 *
 * @param graphOptimizationLevel "disabled" runs each node as it is. Else a Pad with zeros becomes the padding of a MaxPool
 * behind it, which gives other values
 */
export async function runOnnx(
  file: Uint8Array,
  inputs: Readonly<Record<string, HostTensor>>,
  graphOptimizationLevel: "all" | "disabled" = "all",
): Promise<Readonly<Record<string, HostTensor>>> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3, graphOptimizationLevel });
  try {
    const feeds = Object.entries(inputs).map(
      ([name, { shape, data }]) => [name, new OrtTensor("float32", data, shape)] as const,
    );
    const results = await session.run(Object.fromEntries(feeds));
    return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, hostTensor(name, value)]));
  } finally {
    await session.release();
  }
}

function hostTensor(name: string, value: object): HostTensor {
  const [shape, data]: unknown[] = [Reflect.get(value, "dims"), Reflect.get(value, "data")];
  if (Array.isArray(shape) && data instanceof Float32Array) return { shape: shape.map(Number), data };
  throw new Error(`${name} is no float32 tensor`);
}
