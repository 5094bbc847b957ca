/**
 * What the bench uses of TensorFlow.js, so that it type-checks where the peers are not installed. These declarations stand before the
 * packages' own.
 */

declare module "@tensorflow/tfjs-core" {
  export interface Tensor {
    readonly dataId: object;
    readonly shape: number[];
    data(): Promise<Float32Array>;
    dispose(): void;
  }

  interface Engine {
    runKernel(kernelName: string, inputs: Readonly<Record<string, Tensor>>, attributes: object): Tensor;
  }

  export function engine(): Engine;
  export function env(): { set(flag: string, value: boolean): void };
  export function enableProdMode(): void;
  export function tensor(values: Float32Array, shape: readonly number[]): Tensor;
  export function registerBackend(name: string, factory: () => object, priority?: number): boolean;
  export function findBackendFactory(name: string): unknown;
  export function removeBackend(name: string): void;
  export function setBackend(name: string): Promise<boolean>;
  export const version_core: string;
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
