import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { decodeSafetensors } from "webgpu-cnn/io";
import { existing } from "../../src/core/objects.js";
import { relativeError } from "../keras/support/stored.js";
import stored from "../nn/stateDict/guide.json" with { type: "json" };
import { blocksOf, ProgramFolder, programOf } from "./support/pages.js";

const blocks = blocksOf("docs/onnx.md").filter(({ section }) => section === "Weights of PyTorch");
const { tensors } = decodeSafetensors(Buffer.from(stored.case, "base64"));
const [x, y] = [existing(tensors.get("x")), existing(tensors.get("y"))];

/** Predicts what PyTorch has predicted. */
const PREDICT = `
import { transpose } from "webgpu-cnn";
const x = transpose(backend.tensor(Float32Array.of(${x.data.join()}), [${x.shape.join()}]), { permutation: [0, 2, 3, 1] });
console.log((await net.predict(x).read()).join());
backend.destroy();
`;
const code = blocks.filter(({ language }) => language === "ts").map((block) => block.code);
const folder = new ProgramFolder(programOf([...code, PREDICT]));
afterAll(() => folder.remove());

test("the guide's block for weights of PyTorch compiles in strict mode", async () => {
  expect(await folder.typeErrors()).toBe("");
});

test("it predicts as PyTorch, from the file that the guide's lines of Python wrote", async () => {
  writeFileSync(join(folder.path, "net.safetensors"), Buffer.from(stored.state, "base64"));
  const line = (await folder.run()).trim().split("\n").at(-1) ?? "";
  expect(relativeError(line.split(",").map(Number), Float32Array.from(y.data, Number))).toBeLessThan(1e-5);
});
