import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The folder into which an example writes. Remove it after the test. */
export class OutFolder {
  readonly path = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));

  /** Checks that a file is a PNG of this width and at least this height. */
  expectPng(name: string, width: number, minHeight: number): void {
    const png = readFileSync(join(this.path, name));
    expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    expect(png.readUInt32BE(16)).toBe(width);
    expect(png.readUInt32BE(20)).toBeGreaterThan(minHeight);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface Run {
  readonly status: number | null;
  readonly output: string;
}

/** `npm run example -- …`, without npm. @param interruptAt sends Ctrl-C once, when the output has it */
export function runExample(words: readonly string[], interruptAt?: string): Promise<Run> {
  const program = [join(root, "tools/run.mjs"), join(root, "examples/main.ts"), ...words];
  const run = spawn(process.execPath, program, { timeout: 280_000, killSignal: "SIGKILL" });
  let output = "";
  let interrupted = false;
  const note = (chunk: Buffer) => {
    output += chunk;
    if (interruptAt === undefined || interrupted || !output.includes(interruptAt)) return;
    interrupted = true;
    run.kill("SIGINT");
  };
  run.stdout.on("data", note);
  run.stderr.on("data", note);
  return new Promise((resolve, reject) => run.on("error", reject).on("close", (status) => resolve({ status, output })));
}

/** Runs an example on its small budget, on WebAssembly, where a seed gives the same numbers on all machines. */
export function runQuick(name: string, out: OutFolder): Promise<Run> {
  return runExample([name, "--quick", "--backend", "wasm", "--out", out.path]);
}

/** The number that an example printed as a result, such as 93.5 for "test accuracy     93.50 % (…)". */
export function resultOf({ output }: Run, name: string): number {
  const [, value] = new RegExp(`^${name} +([\\d.]+)`, "m").exec(output) ?? [];
  if (value === undefined) throw new Error(`no result "${name}" in:\n${output}`);
  return Number(value);
}
