import { describe, expect, test } from "vitest";
import { createBackend, FileFormatError, ShapeError, WebGPUCNNError } from "webgpu-cnn";
import { loadOnnx } from "webgpu-cnn/onnx";
import { isFull } from "../support/sampling.js";
import stored from "./nodes/nodeTests.json" with { type: "json" };
import residual from "./pytorch/residual.json" with { type: "json" };
import unet from "./pytorch/unet.json" with { type: "json" };
import { mutated } from "./support/mutations.js";
import { outputsOf } from "./support/run.js";

const filesOf = (texts: readonly string[]) => texts.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));

const FILES = filesOf([residual.model, unet.model, ...stored.cases.map(({ model }) => model)]);

/** 20,000 in the full run. */
const CASES = isFull ? 20_000 : 300;

describe("Damaged ONNX files", async () => {
  const backend = await createBackend({ kind: "cpu" });

  test("load, or end with an error of this library that says what is wrong", async () => {
    for (let seed = 0; seed < CASES; seed++) {
      const file = FILES[seed % FILES.length] ?? new Uint8Array();
      const model = await loadOnnx(mutated(file, seed), backend).catch((error: unknown) => {
        if (!(error instanceof WebGPUCNNError)) throw error;
        expect(error.message.length).toBeGreaterThan(20);
        return undefined;
      });
      model?.dispose();
    }
    expect(backend.memory().tensors).toBe(0);
  });

  test.each([
    ["{}", "perhaps a model.json of TensorFlow.js"],
    ["PK\u0003\u0004abc", "perhaps a .keras file"],
    ["\u0089HDF\r\n", "perhaps a .h5 file of Keras"],
    ["<html>", "perhaps a page that the server sent"],
    ["", "is the file of 0 bytes complete?"],
    ["abc", "is the file of 3 bytes complete?"],
  ])("that are another file are recognised: %j", async (text, what) => {
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    await expect(loadOnnx(bytes, backend)).rejects.toThrow(FileFormatError);
    await expect(loadOnnx(bytes, backend)).rejects.toThrow(what);
  });

  test("that still load predict, or say that shapes do not fit", async () => {
    const [first = new Uint8Array()] = FILES;
    for (let seed = 0; seed < CASES / 10; seed++) {
      const model = await loadOnnx(mutated(first, 1000 + seed), backend).catch(() => undefined);
      if (!model) continue;
      const x = backend.zeros([1, 12, 12, 3]);
      try {
        for (const output of outputsOf(model, [x])) output.dispose();
      } catch (error) {
        if (!(error instanceof ShapeError)) throw error;
      }
      x.dispose();
      model.dispose();
    }
  });
});
