import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RandomNumbers } from "../../src/core/random.js";
import { isFull } from "../support/sampling.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Trains in a process of its own. @param lines it is killed when it has written so many. @returns what it wrote */
function train(file: string, lines: number): Promise<readonly string[]> {
  const program = [join(root, "tools/run.mjs"), join(root, "test/nn/support/trainAndSave.ts"), file];
  const child = spawn(process.execPath, program, { timeout: 120_000, killSignal: "SIGKILL" });
  let output = "";
  const written = () => output.split("\n").slice(0, -1);
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
    if (written().length >= lines) child.kill("SIGKILL");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => child.on("error", reject).on("close", () => resolve(written())));
}

test("a run that is killed, and goes on from its file, gives the same bits", async () => {
  const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
  try {
    const [whole, parts] = [join(folder, "whole.safetensors"), join(folder, "parts.safetensors")];
    const random = new RandomNumbers(Date.now() % 1000);
    const runs: (readonly string[])[] = [];
    // Twenty steps: training stops after the fourth epoch.
    for (let kill = 0; kill < (isFull ? 4 : 1); kill++) runs.push(await train(parts, 3 + random.integer(14)));
    runs.push(await train(parts, Number.POSITIVE_INFINITY));
    expect(runs.at(-1)?.at(-1), JSON.stringify(runs)).toBe("the end");
    expect((await train(whole, Number.POSITIVE_INFINITY)).slice(-2)).toEqual(["20", "the end"]);
    expect(readFileSync(parts).equals(readFileSync(whole)), JSON.stringify(runs)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
