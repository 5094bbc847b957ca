import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, type BackendOptions, createBackend } from "webgpu-cnn";
import { program, runProgram } from "../support/programs.js";
import { propertySeed } from "../support/propertySeed.js";

const BACKENDS: readonly (readonly [name: string, options: BackendOptions, numRuns: number])[] = [
  ["webgpu", { kind: "webgpu" }, 300],
  ["webgpu with validate", { kind: "webgpu", validate: true }, 60],
  ["wasm", { kind: "wasm" }, 600],
  ["wasm with validate", { kind: "wasm", validate: true }, 60],
  ["cpu", { kind: "cpu" }, 600],
];

describe.each(BACKENDS)("random programs on %s", (_, options, numRuns) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(options);
  });
  afterAll(async () => {
    await backend.settled();
    backend.destroy();
  });

  test("give the values of a plain model and leave no memory behind", { timeout: 120_000 }, async () => {
    const seed = propertySeed("random programs");
    await fc.assert(
      fc.asyncProperty(program, (commands) =>
        runProgram(backend, commands, (actual, expected, what) => expect(actual, what).toEqual(expected)),
      ),
      { numRuns, seed },
    );
  });
});
