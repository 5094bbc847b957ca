import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, expect, test } from "vitest";
import { existing } from "../../src/core/objects.js";
import { blocksOf, ProgramFolder, programOf, root } from "./support/pages.js";

const blocks = blocksOf("docs/guides/serving.md");
const code = blocks.filter(({ language }) => language === "ts").map((block) => block.code);

const GIVEN = `
import { createBackend } from "webgpu-cnn";
import { Conv2D, Dense, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";
const backend = await createBackend();
const layers = [new Conv2D({ filters: 8, kernelSize: 5, activation: "relu" }), new MaxPooling2D(), new Flatten(), new Dense({ units: 10 })];
const model = new Sequential(layers).build(backend, { inputShape: [28, 28, 1], seed: 1 });
const test = { images: Uint8Array.from({ length: 784 }, (_, i) => i % 256) };
`;
const RESULT = `
console.log(JSON.stringify([...(await served.predictAll({ images: test.images, shape: [1, 28, 28, 1] })).probabilities.data]));
backend.destroy();
`;
const folder = new ProgramFolder(programOf([GIVEN, ...code, RESULT]));
afterAll(() => folder.remove());

test("the guide's blocks compile in strict mode", async () => {
  expect(await folder.typeErrors()).toBe("");
});

test("they write the file of the guide's configuration for Triton, and ONNX Runtime computes the same", async () => {
  const line = (await folder.run()).trim().split("\n").at(-1) ?? "";
  const configuration = existing(blocks.find(({ language }) => language === "protobuf")).code;
  const ports = [...configuration.matchAll(/name: "(\w+)"\s+data_type: TYPE_FP32\s+dims: \[ ([\d, ]+) \]/g)].map(
    ([, name, extents = ""]) => ({ name, shape: ["batch", ...extents.split(",").map(Number)] }),
  );
  expect(ports).toHaveLength(2);
  const session = await InferenceSession.create(join(folder.path, "digits.onnx"));
  expect(session.inputMetadata).toMatchObject(ports.slice(0, 1));
  expect(session.outputMetadata).toMatchObject(ports.slice(1));
  const bytes = readFileSync(join(folder.path, "digit.bin"));
  const image = new Tensor(
    "float32",
    Float32Array.from(bytes, (byte) => byte / 255),
    [1, 1, 28, 28],
  );
  const { probabilities } = await session.run({ image });
  const values = Array.from(existing(probabilities).data, Number);
  const expected = JSON.parse(line);
  expect(values).toHaveLength(10);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i], 5);
  await session.release();
});

test("the server on the page is the example", () => {
  const server = existing(blocks.find(({ language }) => language === "js")).code;
  expect(readFileSync(join(root, "examples/serve/server.mjs"), "utf8")).toContain(server);
});
