import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { CASES } from "../../engines/cases.js";
import { digestsOf } from "../../engines/digests.js";

const inNode = typeof process !== "undefined" && process.versions !== undefined;

// Without threads, the memory of a new backend begins at address 0. With threads, their data comes first. A kernel that
// takes an address for a number, or 0 for "none", gives other values there.
describe.runIf(inNode)("tensors at the lowest addresses", () => {
  let elsewhere: Backend;
  beforeAll(async () => {
    elsewhere = await createBackend({ kind: "wasm", threads: 2 });
  });
  afterAll(() => elsewhere.destroy());

  test.each(CASES)("$name gives the same bits there", async (each) => {
    const backend = await createBackend({ kind: "wasm", threads: 1 });
    expect(await digestsOf(backend, each)).toEqual(await digestsOf(elsewhere, each));
    backend.destroy();
  });
});
