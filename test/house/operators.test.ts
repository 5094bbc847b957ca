import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import * as library from "webgpu-cnn";
import type { Binary } from "../../src/ops/kit/binary.js";
import type { Unary } from "../../src/ops/kit/unary.js";
import type { PointwiseLoss } from "../../src/ops/loss/pointwise.js";
import { BINARY_FORMULAS } from "../../src/runtime/reference/binaryFormulas.js";
import { kernels as reference } from "../../src/runtime/reference/kernels.js";
import { LOSS_FORMULAS } from "../../src/runtime/reference/lossFormulas.js";
import { UNARY_FORMULAS } from "../../src/runtime/reference/unaryFormulas.js";
import { filesBelow, read, root, sources } from "./files.js";

const kernels = filesBelow("shaders", ".wgsl").filter((path) => !path.startsWith("shaders/lib/"));
const isExported = (name: string) => typeof Reflect.get(library, name) === "function";

/** "pool" and "maxPool2d" for src/ops/pool/maxPool2d.ts, "conv" and "conv2d" for shaders/conv/conv2d/direct.wgsl. */
function familyAndName(path: string): readonly [family: string, name: string] {
  const [, family = "", name = ""] = path.replace(/^(src|test)\/|\.wgsl$|(\.test)?\.ts$/g, "").split("/");
  return [family, name];
}

/** Operators that are made from formulas, by the paths of their files. Each exposes its definition. */
const definitions = Object.entries(
  import.meta.glob<Unary | Binary | PointwiseLoss | undefined>("../../src/ops/*/*.ts", {
    eager: true,
    import: "definition",
  }),
).flatMap(([path, definition]) => (definition ? [[path.replace("../../", ""), definition] as const] : []));

const formulas = { ...UNARY_FORMULAS, ...BINARY_FORMULAS, ...LOSS_FORMULAS };

/** All others: the library's functions in a file of their name. */
const operators = sources
  .filter((path) => /^src\/ops\/\w+\/\w+\.ts$/.test(path) && !definitions.some(([defined]) => defined === path))
  .map((path) => [basename(path, ".ts"), path] as const)
  .filter(([name, path]) => isExported(name) && new RegExp(`^export function ${name}\\b`, "m").test(read(path)));

/** The operators that call execute themselves. The others compose operators. */
const withReferences = operators.filter(([, path]) => read(path).includes("execute({"));

describe("an operator has four sibling files of one name and an export", () => {
  test("the test finds operators", () => {
    expect(operators.map(([name]) => name)).toEqual(expect.arrayContaining(["conv2d", "conv2dBackward", "maxPool2d"]));
    expect(withReferences.map(([name]) => name)).toEqual(expect.arrayContaining(["conv2d", "maxPool2d"]));
    expect(definitions.map(([, { name }]) => name)).toEqual(expect.arrayContaining(["relu", "add"]));
  });

  test.each(operators)("%s has a test", (_name, path) => {
    expect(existsSync(join(root, path.replace(/^src\/(.*)\.ts$/, "test/$1.test.ts")))).toBe(true);
  });

  test.each(withReferences)("%s has a kernel in the reference and calls it", (name, path) => {
    expect(Object.keys(reference)).toContain(name);
    expect(read(`src/runtime/reference/${name}.ts`)).toMatch(new RegExp(`^export (const|function) ${name}\\b`, "m"));
    expect(read(path)).toContain(`kernels.${name}(`);
  });

  // An operator without a shader of its name uses the kernels of others. The kit or its family launches them.
  test.each(operators)("%s has a shader of its name if its file imports any", (name, path) => {
    const own = kernels.filter((kernel) => `${familyAndName(kernel)}` === `${familyAndName(path)}`);
    if (own.length === 0) expect(read(path)).not.toContain('.wgsl"');
    for (const kernel of own) expect(read(kernel)).toContain(`// Reference: src/runtime/reference/${name}.ts\n`);
  });

  test.each(definitions)("%s has a shader, formulas and exports of its name", (path, definition) => {
    const { name, shader } = definition;
    const [family, ofFile] = familyAndName(path);
    expect(name).toBe(ofFile);
    expect(shader.path).toBe(`shaders/${family}/${name}.wgsl`);
    expect(Object.keys(formulas)).toContain(name);
    expect([name, `${name}Backward`].map(isExported)).toEqual([true, true]);
  });
});

describe("no file is left of an operator that is removed or not exported", () => {
  test.each(kernels.filter((path) => !/^shaders\/(kit|check)\//.test(path)))(
    "%s has the name of a file of its family",
    (path) => {
      const [family, name] = familyAndName(path);
      expect(filesBelow(`src/ops/${family}`, `/${name}.ts`)).not.toEqual([]);
    },
  );

  test.each(Object.keys(reference))("the reference's %s belongs to an operator or is a loop over formulas", (name) => {
    const isLoop = !existsSync(join(root, `src/runtime/reference/${name}.ts`));
    if (!isLoop) expect(withReferences.map(([operator]) => operator)).toContain(name);
    else
      expect(read("src/runtime/reference/elementwise.ts") + read("src/runtime/reference/losses.ts")).toMatch(
        new RegExp(`^export const ${name}\\b`, "m"),
      );
  });

  test("every formula belongs to an operator", () => {
    expect(Object.keys(formulas).sort()).toEqual(definitions.map(([, { name }]) => name).sort());
  });

  test.each(filesBelow("test/ops", ".test.ts"))("%s has the name of a file or folder of its family", (path) => {
    const [family, name] = familyAndName(path);
    const ofFamily = sources.filter((source) => source.startsWith(`src/ops/${family}/`));
    expect(ofFamily.flatMap((source) => source.split(/\/|\.ts$/))).toContain(name);
  });
});
