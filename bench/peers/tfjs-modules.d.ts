/**
 * The types of TensorFlow.js that the bench uses. So it type-checks without the peers installed. These declarations hide those of the
 * packages.
 */

declare module "@tensorflow/tfjs-core" {
  export interface Tensor {
    readonly dataId: object;
    readonly shape: number[];
    data(): Promise<Float32Array>;
    dispose(): void;
  }

  export interface Variable extends Tensor {
    assign(value: Tensor): void;
  }

  interface Optimizer {
    minimize(cost: () => Tensor, returnCost: boolean, variables: readonly Variable[]): Tensor | null;
  }

  interface Engine {
    runKernel(kernelName: string, inputs: Readonly<Record<string, Tensor>>, attributes: object): Tensor;
  }

  export function engine(): Engine;
  export function env(): { set(flag: string, value: boolean): void; getAsync(flag: string): Promise<boolean | number> };
  export function enableProdMode(): void;
  export function tensor(values: Float32Array, shape: readonly number[]): Tensor;
  export function registerBackend(name: string, factory: () => object, priority?: number): boolean;
  export function findBackendFactory(name: string): unknown;
  export function removeBackend(name: string): void;
  export function setBackend(name: string): Promise<boolean>;
  export function getBackend(): string;
  export function variable(initial: Tensor): Variable;
  export function add(a: Tensor, b: Tensor): Tensor;
  export function matMul(a: Tensor, b: Tensor): Tensor;
  export function relu(x: Tensor): Tensor;
  export function reshape(x: Tensor, shape: readonly number[]): Tensor;
  export function conv2d(x: Tensor, filter: Tensor, strides: number, pad: "same" | "valid"): Tensor;
  export function maxPool(x: Tensor, filterSize: number, strides: number, pad: "same" | "valid"): Tensor;
  export const losses: { softmaxCrossEntropy(oneHotLabels: Tensor, logits: Tensor): Tensor };
  export const train: { adam(learningRate: number, beta1: number, beta2: number, epsilon: number): Optimizer };
  export const io: { fromMemory(artifacts: ModelArtifacts): object };
  export const version_core: string;

  interface ModelArtifacts {
    readonly modelTopology: object;
    readonly weightSpecs: readonly object[];
    readonly weightData: ArrayBuffer;
  }
}

declare module "@tensorflow/tfjs-layers" {
  export interface LayersModel {
    predict(x: import("@tensorflow/tfjs-core").Tensor): import("@tensorflow/tfjs-core").Tensor;
    dispose(): void;
  }

  export function loadLayersModel(handler: object): Promise<LayersModel>;
}

declare module "@tensorflow/tfjs-backend-webgpu" {
  export class WebGPUBackend {
    constructor(device: GPUDevice, adapterInfo: GPUAdapterInfo);
    uploadToGPU(dataId: object): void;
    ensureCommandEncoderReady(): void;
    endComputePassEncoder(): void;
    submitQueue(): void;
  }
}

/** Loading the module registers the backend as "wasm". */
declare module "@tensorflow/tfjs-backend-wasm" {
  export function setWasmPaths(folder: string): void;
}

/** Loading the module registers it. */
declare module "@tensorflow/tfjs-backend-cpu" {}

declare module "*/register_all_gradients.js" {}
