import { expect } from "vitest";
import { type Backend, type Tensor, WebGPUCNNError } from "webgpu-cnn";

export { wrong } from "./wrong.js";

type ErrorClass = new (message: string) => WebGPUCNNError;

/** The whole message, or a pattern if the backends word it differently, and the call that is refused with it. */
export type Refusal = readonly [message: string | RegExp, call: () => unknown];

/** Tensors of zeros by their extents, each made once. They are operands of calls that must leave no tensor behind. */
export function zerosOn(backend: () => Backend): (...shape: number[]) => Tensor {
  const made = new Map<string, Tensor>();
  return (...shape) => {
    const tensor = made.get(shape.join()) ?? backend().zeros(shape);
    made.set(shape.join(), tensor);
    return tensor;
  };
}

/** Checks that `call` throws exactly this error at the call, and that the backend's memory is unchanged. */
export function expectRefusal(
  backend: Backend,
  error: ErrorClass,
  message: string | RegExp,
  call: () => unknown,
): void {
  // The first call makes its operands. The second then makes nothing.
  thrownBy(call);
  const before = backend.memory();
  const thrown = thrownBy(call);
  expectError(thrown, error, message);
  expect(backend.memory()).toEqual(before);
}

/** The same for a call that returns a promise. */
export async function expectRejection(
  backend: Backend,
  error: ErrorClass,
  message: string | RegExp,
  call: () => Promise<unknown>,
): Promise<void> {
  await rejectionOf(call);
  const before = backend.memory();
  const thrown = await rejectionOf(call);
  expectError(thrown, error, message);
  expect(backend.memory()).toEqual(before);
}

/** Checks class and message. */
export function expectError(thrown: unknown, error: ErrorClass, message: string | RegExp): void {
  if (!(thrown instanceof Error)) expect.fail(`expected ${error.name}: ${message}; nothing was thrown`);
  if (typeof message === "string") expect(`${thrown.name}: ${thrown.message}`).toBe(`${error.name}: ${message}`);
  else expect(thrown.message).toMatch(message);
  expect(thrown).toBeInstanceOf(error);
  expect(thrown).toBeInstanceOf(WebGPUCNNError);
  expect(thrown.name).toBe(error.name);
}

/** The reason of the promise's rejection, or the error that the call throws. */
export async function rejectionOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The error that the call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
