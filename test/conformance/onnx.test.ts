import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { describeOnEachBackend } from "../support/backends.js";
import { type OnnxCase, onnxValues, runOnnxNode } from "./onnx.js";

/** ONNX's backend node tests, if they are beside the repository. */
const folder = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
const files = ["onnx-node-tests.json", "onnx-node-tests-large.json"].map((name) => `${folder}${name}`);
const present = files.every((file) => existsSync(file));

/** A few cases of the same kind, computed by hand for this test. */
const OWN: readonly OnnxCase[] = [
  {
    name: "own/Conv SAME_LOWER, stride 2",
    op: "Conv",
    attrs: { auto_pad: "SAME_LOWER", kernel_shape: [1, 2], strides: [1, 2] },
    inputs: [image("x", [1, 1, 1, 3], [1, 2, 3]), image("w", [1, 1, 1, 2], [10, 1])],
    outputs: [image("y", [1, 1, 1, 2], [1, 23])],
  },
  {
    name: "own/Conv with groups, pads at one side and a bias",
    op: "Conv",
    attrs: { group: 2, kernel_shape: [1, 2], pads: [0, 1, 0, 0] },
    inputs: [
      image("x", [1, 2, 1, 2], [1, 2, 3, 4]),
      image("w", [2, 1, 1, 2], [1, 10, 100, 1000]),
      { name: "b", dtype: "float32", shape: [2], data: [0.5, -0.5] },
    ],
    outputs: [image("y", [1, 2, 1, 2], [10.5, 21.5, 2999.5, 4299.5])],
  },
  {
    name: "own/ConvTranspose with output_padding",
    op: "ConvTranspose",
    attrs: { kernel_shape: [1, 2], strides: [1, 2], output_padding: [0, 1] },
    inputs: [image("x", [1, 1, 1, 2], [1, 2]), image("w", [1, 1, 1, 2], [3, 4])],
    outputs: [image("y", [1, 1, 1, 5], [3, 4, 6, 8, 0])],
  },
  {
    name: "own/AveragePool that counts padding, ceil",
    op: "AveragePool",
    attrs: { ceil_mode: 1, count_include_pad: 1, kernel_shape: [1, 2], pads: [0, 1, 0, 0], strides: [1, 2] },
    inputs: [image("x", [1, 1, 1, 4], [2, 4, 6, 8])],
    outputs: [image("y", [1, 1, 1, 3], [1, 5, 8])],
  },
  {
    name: "own/Pad by axes, reflected",
    op: "Pad",
    attrs: { mode: "reflect" },
    inputs: [
      image("x", [1, 1, 1, 3], [1, 2, 3]),
      { name: "pads", dtype: "int64", shape: [2], data: [2, 1] },
      { name: "value", dtype: "float32", shape: [], data: [0] },
      { name: "axes", dtype: "int64", shape: [1], data: [-1] },
    ],
    outputs: [image("y", [1, 1, 1, 6], [3, 2, 1, 2, 3, 2])],
  },
];

function image(name: string, shape: readonly number[], data: readonly number[]) {
  return { name, dtype: "float32", shape, data };
}

function read(file: string): readonly OnnxCase[] {
  const { cases }: { cases: readonly OnnxCase[] } = JSON.parse(readFileSync(file, "utf8"));
  return cases;
}

/** The library computes on images in float32. */
function isWithinReach({ inputs, outputs }: OnnxCase): boolean {
  const [x, y] = [inputs[0], outputs[0]];
  return x?.dtype === "float32" && x.shape.length === 4 && y?.shape.length === 4;
}

const cases = present ? files.flatMap(read).filter(isWithinReach) : [];
const notExpressible = new Set([
  // A mode that WebNN does not have.
  "test_wrap_pad",
]);

describeOnEachBackend("ONNX's node tests", (backend) => {
  test.each([...OWN, ...cases].map((node) => [node.name, node] as const))("%s", async (name, node) => {
    const y = backend().tidy(() => runOnnxNode(backend(), node));
    expect(y === undefined, "cannot be expressed").toBe(notExpressible.has(name));
    const [output] = node.outputs;
    if (!y || !output) return;
    expect(y.shape).toEqual(output.shape);
    const [actual, expected] = [await y.read(), onnxValues(output)];
    y.dispose();
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const tolerance = 2e-6 * largest + (node.abs_tol ?? 0);
    for (const [i, value] of expected.entries()) {
      if (!(Math.abs((actual[i] ?? Number.NaN) - value) <= tolerance)) {
        expect.fail(`${output.name}[${i}]: got ${actual[i]}, expected ${value} ± ${tolerance}`);
      }
    }
  });
});

describe("ONNX's node tests beside the repository", () => {
  test("are complete", ({ skip }) => {
    const absent = "ONNX's node tests are not beside the repository (../shared/data): only the project's own cases ran";
    if (!present) console.warn(absent);
    skip(!present, absent);
    expect(cases.length).toBeGreaterThan(60);
  });
});
