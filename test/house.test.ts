import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { tmpdir } from "node:os";
import { basename, dirname, join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { describe, expect, test } from "vitest";
import * as library from "webgpu-cnn";
import { BINARY_FORMULAS } from "../src/runtime/reference/binaryFormulas.js";
import { kernels as reference } from "../src/runtime/reference/kernels.js";
import { UNARY_FORMULAS } from "../src/runtime/reference/unaryFormulas.js";
import { wgsl } from "../tools/wgsl-plugin.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Files below a folder with this ending, as paths from the root. */
function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join(folder, path.split(sep).join("/")))
    .filter((path) => path.endsWith(ending))
    .sort();
}

const sources = filesBelow("src", ".ts").filter((path) => !path.endsWith(".d.ts"));
const shaders = filesBelow("shaders", ".wgsl");
const kernels = shaders.filter((path) => !path.startsWith("shaders/lib/"));
const libraries = shaders.filter((path) => path.startsWith("shaders/lib/"));

describe("one operator is four siblings of one name, and an export", () => {
  /** What operators are made of: no operator of their own. */
  const PARTS = [
    "block",
    "resampling",
    "transposedOptions",
    "backward",
    "broadcast",
    "elementwise",
    "execute",
    "forward",
    "kernelPlan",
    "options",
    "plan",
    "reduction",
    "sliced",
    "strips",
    "sumTo",
  ];
  /** Compose other operators, each of which has its own kernel and its own reference. */
  const COMPOSED = ["conv2dBackward", "matmulBackward", "convTranspose2dBackward", "concatBackward", "dropoutBackward"];
  /** Have a reference, and kernels that are those of other operators, or of several. */
  const BORROWERS = ["matmul", "convTranspose2d", "conv2dBackwardBias"];

  /** Each plans with the kernels of one family; the plans choose among them. */
  const isFamily = (path: string) => path.includes("/families/");

  const isKit = (path: string) => path.startsWith("src/ops/kit/");
  /** Elementwise operators share their kernels and tests, and test/ops/elementwise finds them by itself. Dropout alone has its own. */
  const isElementwise = (path: string) => /^src\/ops\/elementwise\/(?!dropout)/.test(path);

  const files = filesBelow("src/ops", ".ts").filter(
    (path) => !PARTS.includes(basename(path, ".ts")) && !isFamily(path) && !isKit(path) && !isElementwise(path),
  );
  const operators = files.map((path) => [basename(path, ".ts"), path] as const);
  const withReferences = operators.filter(([name]) => !COMPOSED.includes(name));
  const withKernels = withReferences.filter(([name]) => !BORROWERS.includes(name));
  const testFiles = filesBelow("test/ops", ".test.ts").filter((path) => !/\/elementwise\/(?!dropout)/.test(path));
  const tests = testFiles.map((path) => basename(path, ".test.ts"));

  test("operators are found", () => {
    expect(operators.map(([name]) => name)).toEqual(expect.arrayContaining(["conv2d", "conv2dBackward", "maxPool2d"]));
    for (const part of PARTS) expect(filesBelow("src/ops", `/${part}.ts`), part).not.toEqual([]);
  });

  test.each(operators)("%s has a function of its name, an export and a test", (name, path) => {
    expect(read(path)).toMatch(new RegExp(`^export function ${name}\\b`, "m"));
    expect(Reflect.get(library, name)).toBeTypeOf("function");
    expect(tests).toContain(name);
  });

  test.each(withKernels)("%s has a shader, and uses it", (name, path) => {
    const shader = kernels.filter(
      (kernel) => kernel === `shaders/${name}.wgsl` || kernel.startsWith(`shaders/${name}/`),
    );
    expect(shader).not.toEqual([]);
    const source = read(path);
    const plans = filesBelow(dirname(path), ".ts").filter((file) => isFamily(file) || file.endsWith("/plan.ts"));
    const sourceAndPlans = [source, ...plans.map(read)].join("\n");
    for (const kernel of shader) expect(sourceAndPlans).toContain(`/${kernel}"`);
  });

  test.each(withReferences)("%s has a kernel in the reference's table, and calls it", (name, path) => {
    expect(Object.keys(reference)).toContain(name);
    expect(read(`src/runtime/reference/${name}.ts`)).toMatch(new RegExp(`^export (const|function) ${name}\\b`, "m"));
    expect(read(path)).toMatch(new RegExp(`\\bkernels\\.${name}\\(`));
  });

  test("every test in test/ops is of an operator", () => {
    const names = operators.map(([name]) => name);
    for (const name of tests) expect(names).toContain(name);
  });
});

describe("shaders", () => {
  const withoutComments = (source: string) => source.replace(/\/\/.*/g, "");
  const importsOf = (path: string) => [...read(path).matchAll(/^#import\s+(\w+)/gm)].map(([, name]) => name);

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

  test("WGSL stands in .wgsl files, never in TypeScript", () => {
    for (const path of sources) {
      // The linker reads these words, and quotes them in its messages.
      if (path === "src/runtime/webgpu/shaders/linker.ts") continue;
      expect(read(path), path).not.toMatch(
        /@compute|@group\(|@builtin|@workgroup_size|var<(storage|uniform|workgroup)/,
      );
    }
  });

  test.each(shaders)("%s imports files of shaders/lib only", (path) => {
    for (const name of importsOf(path)) expect(libraries).toContain(`shaders/lib/${name}.wgsl`);
  });

  test.each(libraries)("%s is used", (path) => {
    const users = shaders.filter((shader) => importsOf(shader).includes(basename(path, ".wgsl")));
    expect(users).not.toEqual([]);
  });

  test.each(kernels)("%s is used", (path) => {
    expect(sources.filter((source) => read(source).includes(`/${path}"`))).not.toEqual([]);
  });

  test.each(shaders)("%s has no atomics", (path) => {
    expect(withoutComments(read(path))).not.toMatch(/\batomic/);
  });

  test.each(shaders)("%s starts with one line of purpose", (path) => {
    const [first = ""] = read(path).split("\n");
    expect(first).toMatch(/^\/\/ [A-Z].*\.$/);
  });

  /** What the elementwise kernels of the reference compute, by the names of operators. */
  const formulas = { ...UNARY_FORMULAS, ...BINARY_FORMULAS };

  test.each(kernels)("%s names its reference in its header", (path) => {
    const [header = ""] = read(path).split(/^(?!\/\/)/m);
    const [, name = ""] = /^\/\/ Reference: src\/runtime\/reference\/(\w+)\.ts$/m.exec(header) ?? [];
    if (name === "elementwise") expect(Object.keys(formulas)).toContain(basename(path, ".wgsl"));
    else expect(Object.keys(reference)).toContain(name);
  });
});

describe("a script that never destroys its backend", () => {
  const script = (kind: string, last: string) => `
    import { createBackend, maxPool2d } from "webgpu-cnn";
    import { ensureAdapter } from ${JSON.stringify(join(root, "tools/softwareAdapter.mjs"))};
    await ensureAdapter();
    const backend = await createBackend({ kind: "${kind}" });
    const y = maxPool2d(backend.full([1, 4, 4, 1], 3), { windowDimensions: 2 });
    ${last}
    console.log("the end of", backend.kind);
  `;

  test.each([
    ["webgpu", "with everything read", "await y.read();"],
    ["webgpu", "with work that is only queued", ""],
    ["webgpu", "with work under way", "backend.flush();"],
    ["cpu", "with everything read", "await y.read();"],
  ])("exits by itself on %s %s", async (kind, _when, last) => {
    const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
    try {
      const program = join(folder, "script.ts");
      writeFileSync(program, script(kind, last));
      // Rejects where the process fails, or must be killed because it does not end.
      const { stdout } = await promisify(execFile)(process.execPath, [join(root, "tools/run.mjs"), program], {
        timeout: 30_000,
        killSignal: "SIGKILL",
      });
      expect(stdout).toBe(`the end of ${kind}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
