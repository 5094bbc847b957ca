/** The types of ONNX Runtime that the bench uses. So it type-checks without the peers installed. */

declare module "onnxruntime-common" {
  export class Tensor {
    constructor(type: "float32", data: Float32Array, dims: readonly number[]);
    readonly data: unknown;
  }

  export interface SessionOptions {
    readonly executionProviders?: readonly string[];
    readonly intraOpNumThreads?: number;
    readonly interOpNumThreads?: number;
    readonly graphOptimizationLevel?: "all";
    readonly logSeverityLevel?: number;
  }

  export interface InferenceSession {
    run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
    release(): Promise<void>;
  }

  export const InferenceSession: { create(model: Uint8Array, options: SessionOptions): Promise<InferenceSession> };

  export const env: {
    readonly versions: { readonly node?: string; readonly web?: string };
    readonly wasm: { numThreads?: number };
    logLevel: "error";
  };
}

declare module "onnxruntime-node" {
  export * from "onnxruntime-common";
}

declare module "onnxruntime-web" {
  export * from "onnxruntime-common";
}
