import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadCheckpoint } from "webgpu-cnn/io";
import { type Run, runProgram } from "../support/program.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `npm start`, without npm. @param interruptAt sends Ctrl-C once, when the output has it */
const start = (words: readonly string[], interruptAt?: string) => runProgram("demo/train/main.ts", words, interruptAt);

test("it trains, tests, saves and draws; a run that Ctrl-C stopped goes on with the same bits", async () => {
  const [whole, parts] = [join(folder, "whole"), join(folder, "parts")];
  const words = ["--limit", "1280", "--epochs", "2", "--seed", "3"];
  const uninterrupted = await start([...words, "--out", whole]);
  expect(uninterrupted.output).toMatch(/test accuracy {2}\d\d\.\d\d %/);
  expect(uninterrupted.status).toBe(0);
  expect(readFileSync(join(whole, "training.png")).subarray(1, 4).toString()).toBe("PNG");

  const stopped = await start([...words, "--out", parts], "epoch 1/2");
  expect(stopped.output).toContain("stopped and saved");
  expect(stopped.status).toBe(130);
  const saved = join(parts, "lenet.safetensors");
  expect(Number((await loadCheckpoint(saved)).metadata["step"])).toBeLessThan(40);

  const resumed = await start(["--resume", saved, "--out", parts]);
  expect(resumed.status).toBe(0);
  const results = ({ output }: Run) => output.match(/^(test accuracy|test loss|final loss) .*$/gm);
  expect(results(resumed)).toHaveLength(3);
  expect(results(resumed)).toEqual(results(uninterrupted));
  const [a, b] = [await loadCheckpoint(join(whole, "lenet.safetensors")), await loadCheckpoint(saved)];
  expect(a.tensors.size).toBeGreaterThan(20);
  expect(a.tensors.get("curve.loss")?.data).toHaveLength(4);
  expect(b.tensors).toEqual(a.tensors);
  expect(b.metadata).toEqual(a.metadata);
}, 300_000);

test("what is wrong is said before any work, in words", async () => {
  const unknown = await start(["--epoch", "2"]);
  expect(unknown).toMatchObject({ status: 2 });
  expect(unknown.output).toMatch(/^--epoch is not an option; did you mean --epochs\?\n\n/);
  const missing = await start(["--resume", join(folder, "none.safetensors"), "--out", folder]);
  expect(missing).toMatchObject({ status: 1 });
  expect(missing.output).toMatch(/^Error: ENOENT: .*none\.safetensors'\n$/);
});
