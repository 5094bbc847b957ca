import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelError } from "webgpu-cnn";
import type { ShaderConstants, ShaderSource } from "../../../src/core/operation.js";
import { linkShader } from "../../../src/runtime/webgpu/shaders/linker.js";
import { KernelCache } from "../../../src/runtime/webgpu/shaders/pipelines.js";
import { withoutComments } from "../../../tools/wgslText.js";
import { requestDevice } from "../../support/device.js";
import { sampledCases } from "../../support/sampling.js";

const shaders = Object.values(
  import.meta.glob<ShaderSource>("../../../shaders/**/*.wgsl", { eager: true, import: "default" }),
);
const texts = import.meta.glob<string>("../../../shaders/**/*.wgsl", { eager: true, import: "default", query: "?raw" });
const kernels = shaders.filter(({ path }) => !path.startsWith("shaders/lib/"));

let device: GPUDevice;
beforeAll(async () => {
  // Some kernels need subgroups, if the adapter has them.
  device = await requestDevice(({ features }) => ({
    requiredFeatures: (["subgroups"] as const).filter((feature) => features.has(feature)),
  }));
});
afterAll(() => device.destroy());

type Constant = readonly [name: string, value: number | boolean];

/** The constants that a launcher must choose for a kernel and its imports, with the values in the files. */
function constantsOf({ source, imports }: ShaderSource): readonly Constant[] {
  const declarations = source.matchAll(/^override (\w+): \w+ = (true|false|\d+);$/gm);
  const own = [...declarations].map(
    ([, name = "", value]): Constant => [name, value === "true" || (value !== "false" && Number(value))],
  );
  return [...imports.flatMap(constantsOf), ...own];
}

function defaultsOf(kernel: ShaderSource): ShaderConstants {
  return Object.fromEntries(constantsOf(kernel));
}

/** The names of those that are bools, or numbers. */
function namesOf(kernel: ShaderSource, type: "boolean" | "number"): string[] {
  return constantsOf(kernel).flatMap(([name, value]) => (typeof value === type ? [name] : []));
}

/** Every lane width of a kernel: channels in fours or one by one, for each kind of channel that it names. */
function laneWidths(kernel: ShaderSource): ShaderConstants[] {
  const widths = namesOf(kernel, "boolean").filter((name) => name.endsWith("FOURS"));
  return widths.reduce<ShaderConstants[]>(
    (choices, name) => choices.flatMap((others) => [true, false].map((fours) => ({ ...others, [name]: fours }))),
    [{}],
  );
}

/** Every lane width with all other switches off or on, and with tiles of their size or of one, in small workgroups. */
function variants(kernel: ShaderSource): ShaderConstants[] {
  const switches = namesOf(kernel, "boolean").filter(
    (name) => !name.endsWith("FOURS") && (name !== "QUADS" || device.features.has("subgroups")),
  );
  const numbers = namesOf(kernel, "number");
  const tiles = numbers.filter((name) => name.startsWith("TILE_"));
  const workgroup = numbers.filter((name) => name === "WORKGROUP_SIZE");
  const all = (names: readonly string[], value: number | boolean) =>
    Object.fromEntries(names.map((name) => [name, value] as const));
  return laneWidths(kernel).flatMap((lanes) =>
    [false, true].flatMap((on) =>
      [{}, all(tiles, 1)].map((tile) => ({
        ...defaultsOf(kernel),
        ...lanes,
        ...all(switches, on),
        ...tile,
        ...all(workgroup, 16),
      })),
    ),
  );
}

/** The kernel with the text of its files in the repository, but without the import lines, which are already resolved. */
function asWritten({ path, imports }: ShaderSource): ShaderSource {
  const text = texts[`../../../${path}`] ?? "";
  return { path, source: text.replace(/^#import.*/gm, ""), imports: imports.map(asWritten) };
}

/** The compiler's messages about the shader, each with its place. */
async function messagesOf(kernel: ShaderSource, constants?: ShaderConstants): Promise<string[]> {
  const { code, originOf } = linkShader(kernel, constants);
  device.pushErrorScope("validation");
  const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
  const error = await device.popErrorScope();
  const told = messages.map(({ lineNum, message }) => `${originOf(lineNum)}: ${message}`);
  return error ? [...told, error.message] : told;
}

test.each(["\n", "\r\n"])("a shader is sent line by line, without comments and imports: %j", (end) => {
  const lines = ["#import grid", "", "// A comment.", "fn one() -> u32 {", "  return 1u + ONE; // and another", "}"];
  expect(withoutComments(lines.join(end))).toBe(["", "", "", "fn one() -> u32 {", "return 1u + ONE;", "}"].join("\n"));
});

describe("every kernel", () => {
  test("is found", () => {
    expect(kernels.length).toBeGreaterThan(10);
    expect(kernels.map(({ path }) => path)).toContain("shaders/conv/conv2d/direct.wgsl");
  });

  test.each(sampledCases(kernels.map((kernel) => [kernel.path, kernel] as const)))(
    "%s compiles as it is written",
    async (path, kernel) => {
      const { params, bindings } = linkShader(kernel);
      expect(await messagesOf(kernel)).toEqual([]);
      expect(params.map(({ name }) => name)).toContain("invocations");
      expect(bindings.map(({ index }) => index)).toEqual(bindings.map((_, i) => i));
      expect(bindings[0]).toMatchObject({ index: 0, type: "uniform" });
      // The default limits of a device, which every adapter has.
      expect(bindings.filter(({ type }) => type !== "uniform").length).toBeLessThanOrEqual(8);
      const { check } = new KernelCache(device, 256).get(path, kernel, defaultsOf(kernel));
      await check.settled;
      expect(check.error).toBeUndefined();
    },
  );

  test.each(sampledCases(kernels.map((kernel) => [kernel.path, kernel] as const)))(
    "%s compiles for every lane width with its switches off and on",
    async (_path, kernel) => {
      for (const constants of variants(kernel)) {
        expect(await messagesOf(kernel, constants), JSON.stringify(constants)).toEqual([]);
      }
    },
  );

  test.each(kernels)("$path is the same kernel after a build", (kernel) => {
    const sent = linkShader(kernel);
    const written = linkShader(asWritten(kernel));
    expect(sent.code).toBe(written.code);
    expect(sent.code.split("\n").map((_, i) => sent.originOf(i + 1))).toEqual(
      written.code.split("\n").map((_, i) => written.originOf(i + 1)),
    );
    expect(kernel.source).not.toMatch(/\/\/|^ /m);
  });

  test("kernels with lane widths have two, or two of each kind", () => {
    const widths = Object.fromEntries(kernels.map((kernel) => [kernel.path, laneWidths(kernel).length]));
    expect(widths).toMatchObject({
      "shaders/conv/conv2d/direct.wgsl": 4,
      "shaders/conv/conv2dBackwardInput/direct.wgsl": 2,
      "shaders/pool/maxPool2d.wgsl": 2,
      "shaders/arrange/transpose.wgsl": 1,
    });
  });

  test("all files except the libraries are kernels", () => {
    for (const { path, imports } of shaders) {
      for (const library of imports) expect(library.path, path).toMatch(/^shaders\/lib\/\w+\.wgsl$/);
    }
  });
});

describe("a kernel that does not compile", () => {
  const lines = (body: readonly string[]) =>
    [
      "override WORKGROUP_SIZE: u32 = 1;",
      "struct Params {",
      "  invocations: u32,",
      "}",
      "@group(0) @binding(0) var<uniform> params: Params;",
      "@group(0) @binding(1) var<storage, read_write> y: array<f32>;",
      "@compute @workgroup_size(WORKGROUP_SIZE)",
      "fn main() {",
      ...body,
      "}",
    ].join("\n");
  const helper = (body: string): ShaderSource => ({
    path: "shaders/lib/helper.wgsl",
    source: `// A helper.\nfn helper() -> f32 {\n  ${body}\n}`,
    imports: [],
  });
  const broken: readonly (readonly [where: string, body: readonly string[], helper: string])[] = [
    ["shaders/broken.wgsl:10: ", ["  let a = 1.0;", "  y[0] = nobody;"], "return 1.0;"],
    ["shaders/lib/helper.wgsl:3: ", ["  y[0] = helper();"], "return nobody;"],
    [
      "shaders/broken.wgsl:12: ",
      ["  #unroll", "  for (var i = 0u; i < 2; i++) {", "    y[i] = 1.0;", "    y[i] = nobody;", "  }"],
      "return 1.0;",
    ],
  ];

  test.each(broken)("gives file and line of the error: %s", async (where, body, helperBody) => {
    const source = { path: "shaders/broken.wgsl", source: lines(body), imports: [helper(helperBody)] };
    const message = new RegExp(
      `^conv2d: the kernel shaders/broken\\.wgsl does not compile: ${where.replaceAll(".", "\\.")}.*nobody`,
    );
    const cache = new KernelCache(device, 256);
    const constants = { WORKGROUP_SIZE: 1 };
    const prepared = cache.prepare("conv2d", source, constants);
    await expect(prepared).rejects.toThrow(KernelError);
    await expect(prepared).rejects.toThrow(message);
    const { check } = cache.get("conv2d", source, constants);
    await check.settled;
    expect(check.error).toBeInstanceOf(KernelError);
    expect(check.error?.message).toMatch(message);
    await expect(cache.prepare("conv2d", source, constants)).rejects.toThrow(message);
  });

  test("a kernel that compiles passes and is compiled once for each set of constants", async () => {
    const source = {
      path: "shaders/fine.wgsl",
      source: lines(["  y[0] = helper();"]),
      imports: [helper("return 1.0;")],
    };
    const cache = new KernelCache(device, 256);
    await cache.prepare("conv2d", source, { WORKGROUP_SIZE: 4 });
    const kernel = cache.get("conv2d", source, { WORKGROUP_SIZE: 4 });
    expect(cache.get("maxPool2d", source, { WORKGROUP_SIZE: 4 })).toBe(kernel);
    expect(cache.get("conv2d", source, { WORKGROUP_SIZE: 8 })).not.toBe(kernel);
    await kernel.check.settled;
    expect(kernel.check.passed).toBe(true);
  });
});
