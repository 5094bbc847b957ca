import { afterEach, describe, expect, test, vi } from "vitest";
import { createBackend, JobError } from "webgpu-cnn";
import { datasetDigest, sha256 } from "../../src/distributed/digest.js";
import { workerClass } from "../../src/distributed/workerClass.js";
import { readDataset } from "../../src/nn/data/dataset.js";
import { expectError, rejectionOf } from "../support/refusals.js";

const ports = {
  inputs: new Map([["input", [2, 2, 1]]]),
  outputs: new Map([["output", [3]]]),
};
const images = Uint8Array.from({ length: 20 }, (_, i) => 13 * i);
const dataset = { images, shape: [5, 2, 2, 1], labels: [0, 1, 2, 1, 0] };

function digestOf(data: object, of = ports): Promise<string> {
  return datasetDigest(readDataset("test", "data", data, of, true));
}

test("sha256 is that of the standard's example, also from shared memory", async () => {
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(await sha256(new TextEncoder().encode("abc"))).toBe(expected);
  const moved = new TextEncoder().encode(".abc.");
  expect(await sha256(moved.subarray(1, 4))).toBe(expected);
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set(moved.subarray(1, 4));
  expect(await sha256(shared)).toBe(expected);
});

describe("the digest of a dataset", () => {
  test("is that of another implementation", async () => {
    // In Python: hashlib.sha256(header + hashlib.sha256(images + labels).digest()).hexdigest()
    expect(await digestOf(dataset)).toBe("2d6a3536c13a101fc04a199d484afd546641712fc7a2925c2d4531b9b2516818");
  });

  test("does not depend on the types of arrays", async () => {
    const digest = await digestOf(dataset);
    const floats = Float32Array.from(images, (value) => value * (1 / 255));
    expect(await digestOf({ ...dataset, images: floats })).toBe(digest);
    expect(await digestOf({ ...dataset, labels: Uint8Array.from(dataset.labels) })).toBe(digest);
    const clamped = Uint8ClampedArray.from(images);
    expect(await digestOf({ inputs: { input: { data: clamped, shape: dataset.shape } }, labels: dataset.labels })).toBe(
      digest,
    );
  });

  test("does not depend on the order of names, nor on the bits of NaN", async () => {
    const two = { inputs: new Map(["a", "b"].map((name) => [name, [1]])), outputs: ports.outputs };
    const [a, b] = [{ data: [[1], [Number.NaN]] }, { data: [[3], [4]] }];
    const otherNaN = { data: new Float32Array(Uint32Array.of(0x3f800000, 0xffc12345).buffer), shape: [2, 1] };
    const digest = await digestOf({ inputs: { a, b }, labels: [0, 1] }, two);
    expect(await digestOf({ inputs: { b, a: otherNaN }, labels: [0, 1] }, two)).toBe(digest);
    expect(await digestOf({ inputs: { a: b, b: a }, labels: [0, 1] }, two)).not.toBe(digest);
  });

  test("differs if anything differs", async () => {
    const weights = [1, 1, 1, 1, 1];
    const others = [
      dataset,
      ...[...images.keys()].map((at) => ({ ...dataset, images: images.with(at, 1 + (images[at] ?? 0)) })),
      ...[...dataset.labels.keys()].map((at) => ({ ...dataset, labels: dataset.labels.with(at, 3) })),
      { ...dataset, sampleWeight: weights },
      { ...dataset, sampleWeight: weights.with(2, 2) },
      { ...dataset, images: images.subarray(0, 16), shape: [4, 2, 2, 1], labels: [0, 1, 2, 1] },
    ];
    const digests = await Promise.all(others.map((each) => digestOf(each)));
    expect(new Set(digests).size).toBe(others.length);
    const flat = { ...ports, inputs: new Map([["input", [4]]]) };
    expect(digests).not.toContain(await digestOf({ ...dataset, shape: [5, 4] }, flat));
    const named = { ...ports, outputs: new Map([["other", [3]]]) };
    expect(digests).not.toContain(await digestOf(dataset, named));
  });

  test("of several blocks sees every example", async () => {
    // Four examples to a block of a MiB.
    const large = { ...ports, inputs: new Map([["input", [65_000]]]) };
    const labels = new Uint8Array(9);
    const data = { images: new Uint8Array(9 * 65_000), shape: [9, 65_000], labels };
    const digest = await digestOf(data, large);
    const digests = new Set([digest]);
    for (let example = 0; example < 9; example++) {
      data.images[65_000 * example + 7] = 1;
      digests.add(await digestOf(data, large));
      data.images[65_000 * example + 7] = 0;
    }
    expect(digests.size).toBe(10);
    expect(await digestOf(data, large)).toBe(digest);
  });
});

describe("a page whose context is not secure", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("is told to use https", async () => {
    vi.stubGlobal("crypto", {});
    const message =
      "distributed: this page has no crypto.subtle, because its context is not secure; serve it by https, or from localhost";
    expectError(await rejectionOf(() => sha256(images)), JobError, message);
    expectError(await rejectionOf(() => digestOf(dataset)), JobError, message);
  });
});

describe("the class of a worker", () => {
  test("of WebAssembly tells whether the bits depend on the processor", async () => {
    const backend = await createBackend({ kind: "wasm", threads: 1 });
    expect(workerClass(backend)).toBe("wasm");
    backend.destroy();
    const relaxed = await createBackend({ kind: "wasm", threads: 1, relaxedSimd: true });
    // Not every engine has the instructions.
    expect(workerClass(relaxed)).toBe(relaxed.info.description.includes("relaxed") ? "wasm relaxed" : "wasm");
    relaxed.destroy();
  });

  test("of the reference is cpu", async () => {
    const backend = await createBackend({ kind: "cpu" });
    expect(workerClass(backend)).toBe("cpu");
    backend.destroy();
  });

  test("of a GPU names the adapter", () => {
    const info = { vendor: "nvidia", architecture: "hopper", description: "", software: false };
    expect(workerClass({ kind: "webgpu", info })).toBe("webgpu nvidia hopper");
    expect(workerClass({ kind: "webgpu", info: { ...info, description: "d".repeat(300) } })).toHaveLength(256);
  });
});
