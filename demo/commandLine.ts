import { WebGPUCNNError } from "webgpu-cnn";
import { UsageError } from "../src/command/commandLine.node.js";
import { BACKEND_KINDS, type BackendKind } from "./backend.js";

export { parsed, refuseUnknown, UsageError, wholeNumber } from "../src/command/commandLine.node.js";

/** Says what went wrong, and sets the exit status: 2 for a wrong argument, else 1. */
export function reportFailure(error: unknown, usage: string): void {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    console.error(saysItAll(error) ? `${error.name}: ${error.message}` : error);
    process.exitCode = 1;
  }
}

/** Errors of the library and of the file system need no stack. */
function saysItAll(error: unknown): error is Error {
  return error instanceof WebGPUCNNError || (error instanceof Error && "code" in error && "syscall" in error);
}

/** @throws UsageError */
export function backendKind(text: string): BackendKind {
  const kind = BACKEND_KINDS.find((known) => known === text);
  if (kind) return kind;
  throw new UsageError(`--backend is "${text}", expected auto, webgpu, wasm or cpu`);
}
