import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type Run, runProgram } from "../../support/program.js";

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

/** `npm run example -- …`, without npm. @param interruptAt sends Ctrl-C once, when the output has it */
export const runExample = (words: readonly string[], interruptAt?: string) =>
  runProgram("examples/main.ts", words, interruptAt);

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
