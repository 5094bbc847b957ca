import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { tmpdir } from "node:os";
import { basename, dirname, join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { describe, expect, test } from "vitest";
import * as library from "webgpu-cnn";
import { kernels as reference } from "../src/runtime/reference/kernels.js";
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
  const COMPOSED = [
    "conv2dBackward",
    "matmulBackward",
    "convTranspose2dBackward",
    "concatBackward",
    "dropoutBackward",
    "addBackward",
    "mulBackward",
  ];
  /** Have a reference, and kernels that are those of other operators, or of several. */
  const BORROWERS = ["matmul", "convTranspose2d", "conv2dBackwardBias"];

  /** Each plans with the kernels of one family; the plans choose among them. */
  const isFamily = (path: string) => path.includes("/families/");

  const files = filesBelow("src/ops", ".ts").filter(
    (path) => !PARTS.includes(basename(path, ".ts")) && !isFamily(path),
  );
  const operators = files.map((path) => [basename(path, ".ts"), path] as const);
  const withReferences = operators.filter(([name]) => !COMPOSED.includes(name));
  const withKernels = withReferences.filter(([name]) => !BORROWERS.includes(name));
  const tests = filesBelow("test/ops", ".test.ts").map((path) => basename(path, ".test.ts"));

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

  /** Elementwise operators are formulas for four kernels; dropout alone has its own. */
  const isFormula = (name: string, path: string) => path.startsWith("src/ops/elementwise/") && name !== "dropout";

  test.each(withReferences.filter(([name, path]) => !isFormula(name, path)))(
    "%s has a kernel in the reference's table, and calls it",
    (name, path) => {
      expect(Object.keys(reference)).toContain(name);
      expect(read(`src/runtime/reference/${name}.ts`)).toMatch(new RegExp(`^export (const|function) ${name}\\b`, "m"));
      expect(read(path)).toMatch(new RegExp(`\\bkernels\\.${name}\\(`));
    },
  );

  test("every test in test/ops is of an operator", () => {
    const names = operators.map(([name]) => name);
    for (const name of tests) expect(names).toContain(name);
  });
});

interface Import {
  readonly from: string;
  readonly to: string;
}

/**
 * The imports and re-exports of a file that are still there when its types are gone. `import { type A }` counts, since with
 * `verbatimModuleSyntax` it leaves an import for its side effects behind.
 */
function valueImports(path: string): Import[] {
  const statements = read(path).matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)";/gm);
  const dynamic = read(path).matchAll(/\bimport\(\s*()"([^"]+)"/g);
  return [...statements, ...dynamic]
    .filter(([, type]) => !type)
    .map(([, , specifier = ""]) => {
      const to = specifier.startsWith(".") ? posix.join(dirname(path), specifier).replace(/\.js$/, ".ts") : specifier;
      return { from: path, to };
    });
}

describe("imports run one way", () => {
  /** The floors from the ground up, and what each may import beside itself. */
  const floors = {
    /** Errors, shapes, options, handles: numbers and names, no kind of backend. */
    ground: {
      files:
        /^src\/(errors|tensor|geometry|options|numerics|values|scopes|runtime|validation|explanation|profile|tape|tuning|tuningCheck|random|records|variable)\.ts$/,
      on: [],
    },
    /** The reference, which knows nothing of the GPU. */
    cpu: { files: /^src\/cpu\//, on: ["ground"] },
    /** Device, buffers, kernels, which know nothing of the reference, of operators or of backends. */
    webgpu: { files: /^src\/webgpu\//, on: ["ground"] },
    /** Makes a backend out of either. Knows no operator, so that whoever needs none bundles none. */
    backend: {
      files:
        /^src\/(autotune|backend|calledStep|measure|openBackend|recordedStep|reference|createBackend|createBackend\.node)\.ts$/,
      on: ["ground", "cpu", "webgpu"],
    },
    /** Operators run on the backend that their tensors bring along, and never open one. It hands them the reference, of which they know the types. */
    ops: { files: /^src\/ops\//, on: ["ground", "webgpu", "shaders"] },
    /** The course's functions are thin over the operators. */
    stepByStep: { files: /^src\/stepByStep\.ts$/, on: ["ground", "ops"] },
    /** Walks operators backwards, and adds up by one. */
    autograd: { files: /^src\/autograd\.ts$/, on: ["ground", "ops"] },
    /** Calls operators by their names. */
    explain: { files: /^src\/explain\.ts$/, on: ["ground", "ops"] },
    /** Files and data. Knows a backend by its type alone, so that whoever reads files bundles no kernel. */
    io: { files: /^src\/io\//, on: ["ground"] },
    /** Layers, losses, optimisers and training: a backend by its type alone, and of files and data only how batches come. */
    nn: {
      files: /^src\/nn\//,
      on: ["ground", "ops", "autograd"],
    },
    /** Re-exports only. */
    index: { files: /^src\/index(\.node)?\.ts$/, on: ["ground", "backend", "ops", "explain", "autograd"] },
    shaders: { files: /^shaders\/(?!lib\/)/, on: [] },
  } as const satisfies Record<string, { files: RegExp; on: readonly string[] }>;

  const floorsOf = (path: string) => Object.entries(floors).filter(([, { files }]) => files.test(path));
  const imports = sources.flatMap(valueImports);

  test("every file stands on one floor", () => {
    for (const path of sources)
      expect(
        floorsOf(path).map(([name]) => name),
        path,
      ).toHaveLength(1);
  });

  const isOutside = (to: string) => to === "webgpu" || to.startsWith("node:");

  test("imports are found", () => {
    expect(imports).toContainEqual({
      from: "src/runtime/reference/kernels.ts",
      to: "src/runtime/reference/maxPool2d.ts",
    });
    expect(imports).toContainEqual({ from: "src/ops/pool/maxPool2d.ts", to: "shaders/pool/maxPool2d.wgsl" });
    expect(imports).toContainEqual({ from: "src/index.node.ts", to: "src/index.ts" });
    expect(imports).toContainEqual({ from: "src/backend/createBackend.node.ts", to: "webgpu" });
    expect(imports).not.toContainEqual({ from: "src/core/tensor.ts", to: "src/backend/backend.ts" });
    for (const { to } of imports) if (!isOutside(to)) expect(existsSync(join(root, to)), to).toBe(true);
  });

  test("no floor imports one above it, and the reference and the kernels not each other", () => {
    const isOfBatches = ({ from, to }: Import) => from.startsWith("src/nn/") && to === "src/io/batches.ts";
    const wrong = imports.filter(({ from, to }) => {
      if (isOfBatches({ from, to })) return false;
      const [[name, { on }] = ["none", { on: [] }]] = floorsOf(from);
      const [[target] = ["outside"]] = floorsOf(to);
      return target !== "outside" && target !== name && !on.some((allowed) => allowed === target);
    });
    expect(wrong).toEqual([]);
  });

  test("no file imports itself by way of others", () => {
    const done = new Set<string>();
    const cycleFrom = (path: string, trail: readonly string[]): string | undefined => {
      if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(" → ");
      if (done.has(path)) return undefined;
      for (const { to } of imports.filter(({ from }) => from === path)) {
        const cycle = cycleFrom(to, [...trail, path]);
        if (cycle) return cycle;
      }
      done.add(path);
      return undefined;
    };
    expect(sources.map((path) => cycleFrom(path, [])).filter((cycle) => cycle !== undefined)).toEqual([]);
  });

  test("nothing outside the repository is imported but Dawn, in Node, when a backend is asked for, and Node itself", () => {
    const outside = imports.filter(({ to }) => floorsOf(to).length === 0);
    const [node, others] = [true, false].map((ofNode) => outside.filter(({ to }) => to.startsWith("node:") === ofNode));
    expect(others).toEqual([{ from: "src/backend/createBackend.node.ts", to: "webgpu" }]);
    expect(read("src/backend/createBackend.node.ts")).toContain('await import("webgpu")');
    // Bundlers for pages never see these.
    for (const { from } of node ?? []) expect(from).toMatch(/\.node\.ts$/);
    const reachedByPages = imports.filter(({ from, to }) => !from.endsWith(".node.ts") && to.endsWith(".node.ts"));
    expect(reachedByPages).toEqual([]);
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

  test.each(kernels)("%s names its reference in its header", (path) => {
    const [header = ""] = read(path).split(/^(?!\/\/)/m);
    const [, name, file = ""] =
      /^\/\/ Reference: (?:`(\w+)` in )?(src\/runtime\/reference\/\w+\.ts)$/m.exec(header) ?? [];
    expect(file).not.toBe("");
    // A file of several references has each under a name of its own.
    const declared = name ? `\\b${name}\\b` : `^export (const|function) ${basename(file, ".ts")}\\b`;
    expect(read(file)).toMatch(new RegExp(declared, "m"));
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
