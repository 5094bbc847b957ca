import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { read, root, sources } from "./files.js";

/** The folders that the files of each folder of src may import, beside their own. The entries, which are in src itself, may import all. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  runtime: ["shaders", "core"],
  backend: ["runtime", "core"],
  ops: ["shaders", "core"],
  autograd: ["ops", "core"],
  io: ["core"],
  nn: ["io", "autograd", "ops", "core"],
  keras: ["nn", "io", "ops", "core"],
  onnx: ["keras", "nn", "io", "autograd", "ops", "core"],
  distributed: ["onnx", "keras", "nn", "io", "autograd", "ops", "backend", "core"],
  command: ["distributed", "nn", "io", "backend", "core"],
};

/** Packages that the build puts into an entry. They are imported on demand, or for their types. */
const BUNDLED: Readonly<Record<string, readonly string[]>> = {
  "@bufbuild/protobuf": ["src/onnx/format/schema.ts"],
  "onnx-buf": ["src/onnx/format/schema.ts"],
};

/** The clients of servers. They are peers of the package: the build never bundles them, and few programs need them. */
const isOfServers = ({ to }: Import) => to.startsWith("@nats-io/");

interface Import {
  readonly from: string;
  readonly to: string;
  /** Whether the import disappears together with the types. */
  readonly typeOnly: boolean;
}

/** All imports and re-exports of a file, including those of types. */
function importsOf(path: string): Import[] {
  const statements = read(path).matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)";/gm);
  const dynamic = read(path).matchAll(/\bimport\(\s*()"([^"]+)"/g);
  return [...statements, ...dynamic].map(([, type, specifier = ""]) => {
    const to = specifier.startsWith(".") ? posix.join(dirname(path), specifier).replace(/\.js$/, ".ts") : specifier;
    return { from: path, to, typeOnly: Boolean(type) };
  });
}

const imports = sources.flatMap(importsOf);
/** The text of a file without its imports of types. */
const valuesOf = (path: string) => read(path).replaceAll(/^import type [^;]*;/gm, "");
const isOutside = ({ to }: Import) => !to.startsWith("src/") && !to.startsWith("shaders/");

/** "core" for src/core/tensor.ts, "shaders" for a shader, undefined for an entry. */
function layerOf(path: string): string | undefined {
  const [top = "", folder = "", ...rest] = path.split("/");
  if (top === "shaders") return top;
  return rest.length > 0 ? folder : undefined;
}

test("each package that the build puts into an entry has its licence in the documents", () => {
  const licences = read("docs/internals/licences.md");
  for (const name of Object.keys(BUNDLED)) expect(licences).toContain(`| \`${name}\` |`);
});

describe("imports run one way", () => {
  test("the test finds imports, and every file is in a layer", () => {
    expect(imports).toContainEqual({ from: "src/core/tensor.ts", to: "src/core/backend.ts", typeOnly: true });
    expect(imports).toContainEqual({
      from: "src/ops/pool/maxPool2d.ts",
      to: "shaders/pool/maxPool2d.wgsl",
      typeOnly: false,
    });
    expect(imports).toContainEqual({ from: "src/backend/createBackend.node.ts", to: "webgpu", typeOnly: false });
    for (const each of imports) if (!isOutside(each)) expect(existsSync(join(root, each.to)), each.to).toBe(true);
    for (const path of sources) expect(Object.keys(LAYERS).concat("undefined"), path).toContain(`${layerOf(path)}`);
  });

  test("no folder imports a folder above it", () => {
    const wrong = imports.filter((each) => {
      const [from, to] = [layerOf(each.from), layerOf(each.to)];
      if (isOutside(each) || from === undefined || from === to) return false;
      return to === undefined || !LAYERS[from]?.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  test("runtimes do not import each other", () => {
    const runtimeOf = (path: string) => /^src\/runtime\/(\w+)\//.exec(path)?.[1];
    const wrong = imports.filter(({ from, to }) => {
      const [one, other] = [runtimeOf(from), runtimeOf(to)];
      return one !== undefined && other !== undefined && one !== other;
    });
    expect(wrong).toEqual([]);
  });

  test("no code outside of runtime reads the kind of a runtime", () => {
    for (const path of sources.filter((path) => !path.startsWith("src/runtime/"))) {
      expect(read(path), path).not.toMatch(/\.kind [!=]== "/);
    }
  });

  test("no files import each other in a cycle, except two that define each other's types", () => {
    const found = circles();
    expect(found.filter((circle) => circle.length > 2)).toEqual([]);
    for (const pair of found) {
      const both = imports.filter(({ from, to }) => pair.includes(from) && pair.includes(to));
      expect(
        both.some(({ typeOnly }) => typeOnly),
        pair.join(" ⇄ "),
      ).toBe(true);
    }
  });

  test("packages that entries contain are imported by few files, and on demand", () => {
    const bundled = imports.filter(({ to }) => Object.hasOwn(BUNDLED, to));
    expect([...new Set(bundled.map(({ to }) => to))].sort()).toEqual(Object.keys(BUNDLED).sort());
    for (const { from, to, typeOnly } of bundled) {
      expect(BUNDLED[to], to).toContain(from);
      if (!typeOnly) expect(read(from)).toContain(`import("${to}")`);
    }
    const atOnce = bundled.filter(
      ({ from, to, typeOnly }) => !typeOnly && new RegExp(`from "${to}"`).test(valuesOf(from)),
    );
    expect(atOnce).toEqual([]);
  });

  test("clients of servers are imported in one folder, and on demand", () => {
    for (const { from, to, typeOnly } of imports.filter(isOfServers)) {
      expect(from, to).toMatch(/^src\/distributed\/nats\//);
      if (typeOnly) continue;
      expect(read(from)).toContain(`import("${to}")`);
      expect(valuesOf(from), from).not.toContain(`from "${to}"`);
    }
  });

  test("the only other imports from outside are Node itself, and Dawn at createBackend in Node", () => {
    const outside = imports.filter((each) => isOutside(each) && !Object.hasOwn(BUNDLED, each.to) && !isOfServers(each));
    const isOfNode = ({ to }: Import) => to.startsWith("node:");
    expect(outside.filter((each) => !isOfNode(each)).map(({ from, to }) => [from, to])).toEqual([
      ["src/backend/createBackend.node.ts", "webgpu"],
    ]);
    expect(read("src/backend/createBackend.node.ts")).toContain('await import("webgpu")');
    // Bundlers for pages never see these.
    for (const { from } of outside.filter(isOfNode)) expect(from).toMatch(/\.node\.ts$/);
    const reachedByPages = imports.filter(({ from, to }) => !from.endsWith(".node.ts") && to.endsWith(".node.ts"));
    expect(reachedByPages).toEqual([]);
  });
});

/** The strongly connected components of more than one file, by Tarjan's algorithm. */
function circles(): string[][] {
  const targets = new Map(sources.map((path) => [path, importsOf(path).map(({ to }) => to)]));
  const found: string[][] = [];
  const order = new Map<string, { index: number; low: number }>();
  const stack: string[] = [];
  const visit = (path: string): { index: number; low: number } => {
    const own = { index: order.size, low: order.size };
    order.set(path, own);
    stack.push(path);
    for (const to of targets.get(path) ?? []) {
      if (!targets.has(to)) continue;
      const known = order.get(to);
      if (!known) own.low = Math.min(own.low, visit(to).low);
      else if (stack.includes(to)) own.low = Math.min(own.low, known.index);
    }
    if (own.low === own.index) {
      const circle = stack.splice(stack.indexOf(path));
      if (circle.length > 1) found.push(circle);
    }
    return own;
  };
  for (const path of sources) if (!order.has(path)) visit(path);
  return found;
}
