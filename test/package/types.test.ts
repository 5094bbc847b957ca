import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isFull } from "../support/sampling.js";
import { Packed, root } from "./packed.js";
import { unexportedTypes } from "./publicTypes.js";

let packed: Packed;
beforeAll(async () => {
  packed = await Packed.make();
});
afterAll(() => packed?.remove());

test("every type in a public signature is exported", () => {
  const { exports, unexported } = unexportedTypes(packed.path);
  expect(exports).toBeGreaterThan(300);
  expect(unexported).toEqual([]);
});

/** From TypeScript 6 on, the library "dom" has the types of WebGPU. */
const COMPILERS = [
  { version: "5.7", compiler: "typescript-5.7", types: ["@webgpu/types"] },
  { version: "5.9", compiler: "typescript-5.9", types: ["@webgpu/types"] },
  { version: "7", compiler: "typescript", types: [] },
];

const MODULES = [
  { name: "node16", module: "node16" },
  { name: "nodenext", module: "nodenext" },
  { name: "bundler", module: "esnext", moduleResolution: "bundler" },
];

describe.each(COMPILERS)("a user's program, under TypeScript $version", ({ version, compiler, types }) => {
  // `npm test` tries each version and each module resolution once.
  const modules = isFull
    ? MODULES
    : MODULES.filter((_, i) => i === COMPILERS.findIndex((one) => one.version === version));
  test.each(modules)("compiles with the module resolution $name", async ({ name, ...modules }) => {
    const compilerOptions = {
      ...modules,
      types,
      target: "es2022",
      lib: ["es2022", "dom", "esnext.disposable"],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    const directory = await packed.project(`types-${version}-${name}`, types, {
      "program.ts": readFileSync(join(root, "test/package/stranger.ts"), "utf8"),
      "tsconfig.json": JSON.stringify({ compilerOptions, files: ["program.ts"] }),
    });
    const tsc = join(root, "node_modules", compiler, "bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "--pretty", "false"], {
      cwd: directory,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});
