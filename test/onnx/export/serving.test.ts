import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { InferenceSession } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { loadCheckpoint } from "webgpu-cnn/io";
import { loadModel } from "webgpu-cnn/nn";
import { loadMnist } from "../../../demo/mnist.js";
import { existing } from "../../../src/core/objects.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** A model learns from so few digits in two seconds. */
const TRAINING_DIGITS = 1280;
const ASKED = 20;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "webgpu-cnn-"));
  const program = [join(root, "tools/run.mjs"), join(root, "examples/serve/train.ts"), folder, `${TRAINING_DIGITS}`];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root });
  expect(stdout).toContain("digits.onnx");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a model that was trained here is served by ONNX Runtime in another process", () => {
  let server: ChildProcess;
  let address: string;
  beforeAll(async () => {
    // Port 0: any that is free.
    server = spawn(process.execPath, [join(root, "examples/serve/server.mjs"), join(folder, "digits.onnx"), "0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line]: unknown[] = await once(createInterface({ input: existing(server.stdout ?? undefined) }), "line");
    address = `http://localhost:${/\d+$/.exec(String(line))?.[0]}`;
  });
  afterAll(() => server?.kill());

  const ask = (body: Uint8Array<ArrayBuffer>, path = "/digit") => fetch(address + path, { method: "POST", body });

  test("it answers as the model does here", async () => {
    const { test: digits } = await loadMnist();
    const backend = await createBackend({ kind: "cpu" });
    const model = await loadModel(await loadCheckpoint(join(folder, "digits.safetensors")), backend);
    const images = digits.images.slice(0, 784 * ASKED);
    const expected = Object(await model.predictAll({ images, shape: [ASKED, 28, 28, 1] }))["probabilities"].data;
    let right = 0;
    for (let i = 0; i < ASKED; i++) {
      const answer: { digit: number; probabilities: readonly number[] } = await (
        await ask(images.slice(784 * i, 784 * (i + 1)))
      ).json();
      const row = [...expected.subarray(10 * i, 10 * (i + 1))];
      for (const [j, value] of row.entries()) expect(answer.probabilities[j]).toBeCloseTo(value, 5);
      expect(answer.digit).toBe(row.indexOf(Math.max(...row)));
      if (answer.digit === digits.labels[i]) right++;
    }
    expect(right).toBeGreaterThan(ASKED / 2);
    backend.destroy();
  });

  test("the digit of the guide is a seven, and other bodies are refused", async () => {
    const seven = new Uint8Array(await readFile(join(folder, "digit.bin")));
    expect(seven).toHaveLength(784);
    expect(await (await ask(seven)).json()).toMatchObject({ digit: 7 });
    for (const body of [new Uint8Array(783), new Uint8Array(100_000)]) expect((await ask(body)).status).toBe(400);
    expect((await ask(seven, "/")).status).toBe(404);
  });
});

test("the guide's configuration for Triton has the names and extents of the file", async () => {
  const guide = await readFile(join(root, "docs/guides/serving.md"), "utf8");
  const [, configuration = ""] = /```protobuf\n([\s\S]*?)```/.exec(guide) ?? [];
  const ports = [...configuration.matchAll(/name: "(\w+)"\s+data_type: TYPE_FP32\s+dims: \[ ([\d, ]+) \]/g)].map(
    ([, name, extents = ""]) => ({ name, shape: ["batch", ...extents.split(",").map(Number)] }),
  );
  const session = await InferenceSession.create(join(folder, "digits.onnx"));
  expect(ports).toHaveLength(2);
  expect(session.inputMetadata).toMatchObject(ports.slice(0, 1));
  expect(session.outputMetadata).toMatchObject(ports.slice(1));
  await session.release();
});
