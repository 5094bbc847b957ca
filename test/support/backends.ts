import { afterAll, beforeAll, describe } from "vitest";
import {
  type Backend,
  type BackendOptions,
  type Conv2dOptions,
  conv2d,
  createBackend,
  mul,
  reduceSum,
  relu,
  type Tensor,
  valueAndGradients,
} from "webgpu-cnn";
import type { Operand } from "./float64/operand.js";
import { isFull, isPage } from "./sampling.js";

/** Every backend that a test must hold on. A missing WebGPU adapter fails the tests. */
export const BACKEND_KINDS = ["webgpu", "wasm", "cpu"] as const;

/** Every way to carry out operators. */
const ALL_OPTIONS: readonly (readonly [name: string, options: BackendOptions])[] = [
  ["webgpu", { kind: "webgpu" }],
  ["webgpu with validate", { kind: "webgpu", validate: true }],
  ["wasm", { kind: "wasm" }],
  ["wasm with validate", { kind: "wasm", validate: true }],
  ["cpu", { kind: "cpu" }],
];

/**
 * Runs a suite once on each kind of backend.
 *
 * @param body receives a function that returns the backend, for use inside tests
 */
export function describeOnEachBackend(name: string, body: (backend: () => Backend) => void): void {
  describe.each(BACKEND_KINDS)(`${name} on %s`, (kind) => withBackend({ kind }, body));
}

/**
 * The same. In a page it runs on one kind alone, because Node runs it on all, with the same adapter: for suites that
 * train. Its number chooses the kind, so give those of a folder different ones.
 */
export function describeOnSampledBackends(name: string, number: number, body: (backend: () => Backend) => void): void {
  const kinds = isPage && !isFull ? [BACKEND_KINDS[number % 3] ?? "webgpu"] : BACKEND_KINDS;
  describe.each(kinds)(`${name} on %s`, (kind) => withBackend({ kind }, body));
}

/** The same as `describeOnEachBackend`, and once more on a backend that validates. For results that must not depend on the way operators are carried out. */
export function describeOnEveryBackend(name: string, body: (backend: () => Backend) => void): void {
  describe.each(ALL_OPTIONS)(`${name} on %s`, (_, options) => withBackend(options, body));
}

function withBackend(options: BackendOptions, body: (backend: () => Backend) => void): void {
  let opened: Backend | undefined;
  beforeAll(async () => {
    opened = await createBackend(options);
  });
  afterAll(async () => {
    // Errors on the device that no read reported fail the suite.
    await opened?.settled();
    opened?.destroy();
  });
  body(() => {
    if (!opened) throw new Error("the backend is open inside tests only");
    return opened;
  });
}

/** The operand as a tensor. */
export function upload(backend: Backend, { data, shape }: Operand): Tensor {
  return backend.tensor(data, shape);
}

/** Reads the result of `make`, and disposes of everything that it made. */
export async function evaluate(backend: Backend, make: () => Tensor): Promise<Float32Array> {
  const result = backend.tidy(make);
  try {
    return await result.read();
  } finally {
    result.dispose();
  }
}

/** The gradient of z for a gradient dy of `conv2d(relu(z), w)`. */
export function throughRelu(z: Tensor, w: Tensor, dy: Tensor, options: Conv2dOptions): Tensor {
  return valueAndGradients(([z]) => reduceSum(mul(conv2d(relu(z), w, options), dy)), [z] as const).gradients[0];
}
