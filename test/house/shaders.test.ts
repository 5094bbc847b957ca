import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "vite";
import { describe, expect, test } from "vitest";
import { BINARY_FORMULAS } from "../../src/runtime/reference/binaryFormulas.js";
import { kernels as reference } from "../../src/runtime/reference/kernels.js";
import { LOSS_FORMULAS } from "../../src/runtime/reference/lossFormulas.js";
import { UNARY_FORMULAS } from "../../src/runtime/reference/unaryFormulas.js";
import { wgsl } from "../../tools/wgsl-plugin.js";
import { filesBelow, read, sources } from "./files.js";

const shaders = filesBelow("shaders", ".wgsl");
const kernels = shaders.filter((path) => !path.startsWith("shaders/lib/"));
const libraries = shaders.filter((path) => path.startsWith("shaders/lib/"));

const withoutComments = (source: string) => source.replace(/\/\/.*/g, "");
const importsOf = (path: string) => [...read(path).matchAll(/^#import\s+(\w+)/gm)].map(([, name]) => name);

test("WGSL is in .wgsl files, never in TypeScript", () => {
  for (const path of sources) {
    // The linker reads these words and quotes them in its messages.
    if (path === "src/runtime/webgpu/shaders/linker.ts") continue;
    expect(read(path), path).not.toMatch(/@compute|@group\(|@builtin|@workgroup_size|var<(storage|uniform|workgroup)/);
  }
});

describe("every shader", () => {
  test.each(shaders)("%s starts with one line that gives its purpose", (path) => {
    const [first = ""] = read(path).split("\n");
    expect(first).toMatch(/^\/\/ [A-Z].*\.$/);
  });

  test.each(shaders)("%s has no atomics", (path) => {
    expect(withoutComments(read(path))).not.toMatch(/\batomic/);
  });

  test.each(shaders)("%s imports only files of shaders/lib", (path) => {
    for (const name of importsOf(path)) expect(libraries).toContain(`shaders/lib/${name}.wgsl`);
  });

  test.each(libraries)("%s is used", (path) => {
    const users = shaders.filter((shader) => importsOf(shader).includes(basename(path, ".wgsl")));
    expect(users).not.toEqual([]);
  });

  const checks = kernels.filter((path) => path.startsWith("shaders/check/"));
  test.each(checks)("%s is used by the runtime only", (path) => {
    const users = sources.filter((source) => read(source).includes(`/${path}"`));
    expect(users).not.toEqual([]);
    for (const user of users) expect(user).toMatch(/^src\/runtime\/webgpu\//);
  });

  const ofOperators = kernels.filter((path) => !checks.includes(path));
  test.each(ofOperators)("%s is used by operators of its folder only", (path) => {
    const users = sources.filter((source) => read(source).includes(`/${path}"`));
    const [, folder] = path.split("/");
    expect(users).not.toEqual([]);
    for (const user of users) expect(user).toMatch(new RegExp(`^src/ops/${folder}/`));
  });

  /** The operators that each loop of the reference computes. */
  const formulas: Readonly<Record<string, object>> = {
    elementwise: { ...UNARY_FORMULAS, ...BINARY_FORMULAS },
    losses: LOSS_FORMULAS,
  };

  test.each(ofOperators)("%s names its reference in its header", (path) => {
    const [header = ""] = read(path).split(/^(?!\/\/)/m);
    const [, name = ""] = /^\/\/ Reference: src\/runtime\/reference\/(\w+)\.ts$/m.exec(header) ?? [];
    const ofLoop = formulas[name];
    if (ofLoop) expect(Object.keys(ofLoop)).toContain(basename(path, ".wgsl"));
    else expect(Object.keys(reference)).toContain(name);
  });
});

test.each([
  ["#import nothing", /:2: #import nothing: no shaders\/lib\/nothing\.wgsl/],
  ["#import", /:2: expected "#import NAME", got "#import"/],
  ["  #import grid", /:2: expected "#import NAME"/],
  ["#import grid taps", /:2: expected "#import NAME"/],
])("the build refuses %j", async (line, message) => {
  const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
  const entry = join(folder, "kernel.wgsl");
  writeFileSync(entry, `// A kernel.\n${line}\n`);
  const lib = { entry, formats: ["es" as const] };
  const built = build({ configFile: false, logLevel: "silent", plugins: [wgsl()], build: { write: false, lib } });
  await expect(built.finally(() => rmSync(folder, { recursive: true }))).rejects.toThrow(message);
});
