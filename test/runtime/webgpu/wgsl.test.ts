import { describe, expect, test } from "vitest";
import { KernelError } from "webgpu-cnn";
import type { ShaderConstants, ShaderSource } from "../../../src/core/operation.js";
import { type LinkedShader, linkShader } from "../../../src/runtime/webgpu/shaders/linker.js";

/** The shortest kernel, in six lines. The lines of a test come after them. */
const HEAD = [
  "const WORKGROUP_SIZE: u32 = 64;",
  "struct Params {",
  "  invocations: u32,",
  "}",
  "@group(0) @binding(0) var<uniform> params: Params;",
];

const TRIMMED_HEAD = HEAD.map((line) => line.trim());

function shader(lines: readonly string[], imports: readonly ShaderSource[] = []): ShaderSource {
  return { path: "shaders/kernel.wgsl", source: [...HEAD, ...lines].join("\n"), imports };
}

function library(name: string, lines: readonly string[], imports: readonly ShaderSource[] = []): ShaderSource {
  return { path: `shaders/lib/${name}.wgsl`, source: lines.join("\n"), imports };
}

/** The code after the head, line by line. */
function linked(lines: readonly string[], constants?: ShaderConstants): string[] {
  return bodyOf(linkShader(shader(lines), constants));
}

function bodyOf({ code }: LinkedShader): string[] {
  return code.split("\n").slice(HEAD.length);
}

function refuses(link: () => unknown, message: string | RegExp): void {
  expect(link).toThrow(KernelError);
  expect(link).toThrow(message);
}

describe("imports", () => {
  test("stand before the kernel's own lines", () => {
    const grid = library("grid", ["fn grid() {}"]);
    const { code } = linkShader(shader(["fn main() {}"], [grid]));
    expect(code).toBe(["fn grid() {}", ...TRIMMED_HEAD, "fn main() {}"].join("\n"));
  });

  test("stand once, even if two files import them", () => {
    const taps = library("taps", ["fn taps() {}"]);
    const divisor = library("divisor", ["fn divisor() {}"], [taps]);
    expect(linkShader(shader([], [divisor, taps, taps])).code).toBe(
      ["fn taps() {}", "fn divisor() {}", ...TRIMMED_HEAD].join("\n"),
    );
  });

  test("stand after their own imports", () => {
    const a = library("a", ["override A: u32 = 1;"]);
    const b = library("b", ["const B: u32 = 2;"], [a]);
    const c = library("c", ["const C: u32 = 3;"], [b]);
    const { code } = linkShader(shader([], [c]), { A: 7 });
    expect(code.split("\n").slice(0, 3)).toEqual(["const A: u32 = 7u;", "const B: u32 = 2;", "const C: u32 = 3;"]);
  });

  test.each(["#import grid", "#include grid", "#define A 1"])("are refused by the linker: %s", (line) => {
    refuses(() => linkShader(shader([line])), `shaders/kernel.wgsl:6: unknown directive ${line}`);
  });
});

describe("constants", () => {
  const lines = [
    "override TILE: u32 = 4; // columns",
    "override OFFSET: i32 = 0;",
    "override EPSILON: f32 = 1.0;",
    "override RELU: bool = false;",
    "const OTHER: u32 = 9;",
  ];

  test("are replaced by name", () => {
    expect(linked(lines, { TILE: 2, OFFSET: -3, EPSILON: 0.5, RELU: true })).toEqual([
      "const TILE: u32 = 2u;",
      "const OFFSET: i32 = -3;",
      "const EPSILON: f32 = f32(0.5);",
      "const RELU: bool = true;",
      "const OTHER: u32 = 9;",
    ]);
  });

  test("keep the values in the file if a shader is linked as it is written", () => {
    expect(linked(lines)).toEqual([
      "const TILE: u32 = 4;",
      "const OFFSET: i32 = 0;",
      "const EPSILON: f32 = 1.0;",
      "const RELU: bool = false;",
      "const OTHER: u32 = 9;",
    ]);
  });

  test("are refused with file and line if the launcher leaves them out", () => {
    const forgotten = "shaders/kernel.wgsl:8: the launcher gives no value for EPSILON";
    refuses(() => linked(lines, { TILE: 2, OFFSET: -3, RELU: true }), forgotten);
    refuses(() => linked(lines, {}), "shaders/kernel.wgsl:6: the launcher gives no value for TILE");
    const tile = library("tile", ["// A tile.", "override SIDE: u32 = 8;"]);
    refuses(() => linkShader(shader([], [tile]), {}), "shaders/lib/tile.wgsl:2: the launcher gives no value for SIDE");
  });

  test("keep their values if they are not an override", () => {
    expect(linked(["const TILE: u32 = 4;"], {})).toEqual(["const TILE: u32 = 4;"]);
  });

  test.each(["", "const TILE: u32 = 4;", "// override TILE: u32 = 4;", "alias TILE = f32;"])(
    "cannot be given if they are not an override: %j",
    (line) => {
      refuses(() => linked([line], { TILE: 2 }), "shaders/kernel.wgsl: no override TILE to give a value to");
    },
  );

  test.each(["override TILE = 4;", "override TILE: u32;", "override TILE: u32 = 4u; let a = 1;", "override"])(
    "are refused if they are written in another way: %s",
    (line) => {
      refuses(() => linked([line]), 'shaders/kernel.wgsl:6: expected "override NAME: u32 = 4;"');
    },
  );

  test("are refused if they are declared twice", () => {
    refuses(
      () => linked(["override TILE: u32 = 4;", "override TILE: u32 = 8;"], { TILE: 2 }),
      "shaders/kernel.wgsl:7: TILE is declared twice",
    );
  });

  test.each<readonly [type: string, value: number | boolean]>([
    ["u32", -1],
    ["u32", 1.5],
    ["u32", Number.NaN],
    ["u32", true],
    ["i32", 0.5],
    ["f32", Number.POSITIVE_INFINITY],
    ["f32", false],
    ["bool", 1],
  ])("are refused if they have the wrong type: %s as %s", (type, value) => {
    const message = `shaders/kernel.wgsl:6: TILE: ${value} is no ${type}`;
    refuses(() => linked([`override TILE: ${type} = 4;`], { TILE: value }), message);
  });

  test("are replaced in an imported file too", () => {
    const padding = library("padding", ["// What a padded position shows.", "override MODE: u32 = 0;"]);
    const source = shader([], [padding]);
    expect(linkShader(source, { MODE: 2 }).code).toContain("const MODE: u32 = 2u;");
    refuses(() => linkShader(source, { MODE: true }), "shaders/lib/padding.wgsl:2: MODE: true is no u32");
  });
});

describe("#unroll", () => {
  test("writes a loop out, with each copy in a block", () => {
    const lines = [
      "const TILE: u32 = 2;",
      "#unroll",
      "for (var i = 0u; i < TILE; i++) {",
      "  sum += x[i];",
      "}",
      "end();",
    ];
    expect(linked(lines)).toEqual([
      "const TILE: u32 = 2;",
      "{",
      "sum += x[0u];",
      "}",
      "{",
      "sum += x[1u];",
      "}",
      "end();",
    ]);
  });

  test("writes as many copies as the chosen constants say", () => {
    const times = (bound: string, N = 3) =>
      linked(
        ["const M: u32 = 2;", "override N: u32 = 8;", "#unroll", `for (var i = 0u; i < ${bound}; i++) {`, "f(i);", "}"],
        { N },
      ).filter((line) => line.startsWith("f(")).length;
    expect(times("N")).toBe(3);
    expect(times("N", 5)).toBe(5);
    expect(times("M * N")).toBe(6);
    expect(times("M * 4 * N", 1)).toBe(8);
    expect(times("4")).toBe(4);
    expect(times("1")).toBe(1);
  });

  test("replaces only the index, not other names that contain it", () => {
    const body = (line: string) =>
      linked(["#unroll", "for (var i = 0u; i < 1; i++) {", line, "}"]).filter((text) => text !== "{" && text !== "}");
    expect(body("y[i] = x[i + 1u] * i;")).toEqual(["y[0u] = x[0u + 1u] * 0u;"]);
    expect(body("index += id.i + ii + i_ + _i + i2 + size(i).xi;")).toEqual([
      "index += id.i + ii + i_ + _i + i2 + size(0u).xi;",
    ]);
    expect(body("(i)-i;")).toEqual(["(0u)-0u;"]);
  });

  test("writes out inner loops in each copy of the outer loop", () => {
    const lines = [
      "#unroll",
      "for (var i = 0u; i < 2; i++) {",
      "  let row = i;",
      "  #unroll",
      "  for (var j = 0u; j < 2; j++) {",
      "    s[i * 2u + j] += a[i] * b[j];",
      "  }",
      "}",
    ];
    const statements = linked(lines).filter((line) => line !== "{" && line !== "}");
    expect(statements).toEqual([
      "let row = 0u;",
      "s[0u * 2u + 0u] += a[0u] * b[0u];",
      "s[0u * 2u + 1u] += a[0u] * b[1u];",
      "let row = 1u;",
      "s[1u * 2u + 0u] += a[1u] * b[0u];",
      "s[1u * 2u + 1u] += a[1u] * b[1u];",
    ]);
    const depth = linked(lines).reduce((open, line) => open + (line === "{" ? 1 : line === "}" ? -1 : 0), 0);
    expect(depth).toBe(0);
  });

  test("leaves other loops and blocks inside it unchanged", () => {
    const lines = [
      "#unroll",
      "for (var i = 0u; i < 2; i++) {",
      "  for (var c = 0u; c < params.c; c++) {  // not this one }",
      "    if (c > i) { f(c); } else {",
      "      g(i);",
      "    }",
      "  }",
      "}  // done",
      "after();",
    ];
    const copy = (i: string) => [
      "{",
      "for (var c = 0u; c < params.c; c++) {",
      `if (c > ${i}) { f(c); } else {`,
      `g(${i});`,
      "}",
      "}",
      "}",
    ];
    expect(linked(lines)).toEqual([...copy("0u"), ...copy("1u"), "after();"]);
  });

  test.each<readonly [what: string, lines: readonly string[], message: string]>([
    ["no loop", ["#unroll", "let a = 1;"], ":6: #unroll must stand before a line such as"],
    ["nothing", ["#unroll"], ":6: #unroll must stand before a line such as"],
    ["an empty line", ["#unroll", "", "for (var i = 0u; i < 2; i++) {", "}"], ":6: #unroll must stand before"],
    ["a start other than 0", ["#unroll", "for (var i = 1u; i < 2; i++) {", "}"], ":6: #unroll must stand before"],
    ["another step", ["#unroll", "for (var i = 0u; i < 2; i += 2u) {", "}"], ":6: #unroll must stand before"],
    ["another comparison", ["#unroll", "for (var i = 0u; i <= 2; i++) {", "}"], ":6: #unroll must stand before"],
    ["two indices", ["#unroll", "for (var i = 0u; j < 2; i++) {", "}"], ":6: #unroll must stand before"],
    ["a bound with +", ["#unroll", "for (var i = 0u; i < 2 + 2; i++) {", "}"], ":6: #unroll must stand before"],
    ["a bound of params", ["#unroll", "for (var i = 0u; i < params.c; i++) {", "}"], ":6: #unroll must stand before"],
    [
      "a bound that is not a constant",
      ["#unroll", "for (var i = 0u; i < kGroup; i++) {", "}"],
      ":7: kGroup is no constant number; an unrolled loop needs one",
    ],
    [
      "a bound that is a bool",
      ["const B: bool = true;", "#unroll", "for (var i = 0u; i < B; i++) {", "}"],
      ":8: true is no constant number; an unrolled loop needs one",
    ],
    [
      "a loop in one line",
      ["#unroll", "for (var i = 0u; i < 2; i++) { f(i); }"],
      ":6: #unroll must stand before a line such as",
    ],
    [
      "other text beside the closing brace",
      ["#unroll", "for (var i = 0u; i < 2; i++) {", "f(i); }"],
      ":7: the unrolled loop must end in a line with nothing but its closing brace",
    ],
    [
      "no closing brace",
      ["#unroll", "for (var i = 0u; i < 2; i++) {", "if (a) {", "}"],
      ":7: the unrolled loop must end in a line with nothing but its closing brace",
    ],
    ["another word", ["#unroll 4", "for (var i = 0u; i < 2; i++) {", "}"], ":6: unknown directive #unroll 4"],
  ])("refuses %s with file and line", (_what, lines, message) => {
    refuses(() => linked(lines), `shaders/kernel.wgsl${message}`);
  });

  // A lenient parser cuts these short: it unrolls too few copies, and the kernel would give wrong values.
  test.each(["2 * 4", "2 + 6", "0x8", "2u * 4u", "8 / 1"])("reads a bound of %s as 8 or refuses it", (value) => {
    const lines = [`const N: u32 = ${value};`, "#unroll", "for (var i = 0u; i < N; i++) {", "f(i);", "}"];
    let copies: number;
    try {
      copies = linked(lines).filter((line) => line.startsWith("f(")).length;
    } catch (error) {
      expect(error).toBeInstanceOf(KernelError);
      return;
    }
    expect(copies).toBe(8);
  });
});

describe("the description of a kernel", () => {
  const kernel = (lines: readonly string[]): ShaderSource => ({
    path: "shaders/k.wgsl",
    source: ["const WORKGROUP_SIZE: u32 = 64;", ...lines].join("\n"),
    imports: [],
  });
  const params = (...fields: string[]) => kernel(["struct Params {", ...fields, "}"]);

  test("has the fields of Params in order", () => {
    const { params: found } = linkShader(
      params("  a: u32,", "  // a comment", "", "  b: i32,  // another", "  c: f32,"),
    );
    expect(found).toMatchObject([
      { name: "a", type: "u32", origin: "shaders/k.wgsl:3" },
      { name: "b", type: "i32" },
      { name: "c", type: "f32" },
    ]);
  });

  test.each([
    "  a: vec2<u32>,",
    "  a: array<u32, 4>,",
    "  a: u32",
    "  a: bool,",
    "  @size(16) a: u32,",
    "  a: u32, b: u32,",
  ])("refuses Params with other fields: %s", (field) => {
    refuses(
      () => linkShader(params("  first: u32,", field)),
      'shaders/k.wgsl:4: Params holds 4-byte scalars only, one a line, such as "stride: u32,"',
    );
  });

  test("refuses Params that are missing or never closed", () => {
    refuses(() => linkShader(kernel([])), 'shaders/k.wgsl: no "struct Params {"');
    refuses(
      () => linkShader(kernel(["struct Params {", "  a: u32,"])),
      'shaders/k.wgsl: "struct Params {" is never closed',
    );
  });

  test("has the bindings with their kinds", () => {
    const { bindings } = linkShader(
      shader([
        "@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;  // [n, h, w, c]",
        "@group(0) @binding(7) var<storage, read_write> y: array<f32>;",
      ]),
    );
    expect(bindings).toMatchObject([
      { name: "params", index: 0, type: "uniform" },
      { name: "x", index: 1, type: "read-only-storage", origin: expect.stringMatching(/^shaders\/kernel\.wgsl:\d+$/) },
      { name: "y", index: 7, type: "storage" },
    ]);
  });

  test.each([
    "@group(1) @binding(1) var<storage, read> x: array<f32>;",
    "@group(0) @binding(N) var<storage, read> x: array<f32>;",
    "@group(0) @binding(1) var<storage,read> x: array<f32>;",
    "@group(0) @binding(1) var<storage> x: array<f32>;",
    "@group(0) @binding(1) var t: texture_2d<f32>;",
    "@group(0)",
  ])("refuses bindings that are written in another way: %s", (line) => {
    refuses(
      () => linkShader(shader([line])),
      'shaders/kernel.wgsl:6: expected "@group(0) @binding(N) var<storage, read>',
    );
  });

  test("has the chosen workgroup size", () => {
    expect(linkShader(shader([])).workgroupSize).toBe(64);
    const chosen = shader([]).source.replace("const WORKGROUP_SIZE", "override WORKGROUP_SIZE");
    expect(linkShader({ ...shader([]), source: chosen }, { WORKGROUP_SIZE: 16 }).workgroupSize).toBe(16);
    const without = { path: "shaders/k.wgsl", source: "struct Params {\n}", imports: [] };
    refuses(() => linkShader(without), 'shaders/k.wgsl: no "const WORKGROUP_SIZE: u32 = …;"');
  });
});

describe("originOf", () => {
  test("follows every line through imports and unrolled loops", () => {
    const grid = library("grid", ["// grid", "fn grid() {}"]);
    const source = shader(["#unroll", "for (var i = 0u; i < 2; i++) {", "  f(i);", "}", "last();"], [grid]);
    const { code, originOf } = linkShader(source);
    const lines = code.split("\n");
    expect(lines.map((_, i) => originOf(i + 1))).toEqual([
      "shaders/lib/grid.wgsl:1",
      "shaders/lib/grid.wgsl:2",
      ...HEAD.map((_, i) => `shaders/kernel.wgsl:${i + 1}`),
      "shaders/kernel.wgsl:7",
      "shaders/kernel.wgsl:8",
      "shaders/kernel.wgsl:7",
      "shaders/kernel.wgsl:7",
      "shaders/kernel.wgsl:8",
      "shaders/kernel.wgsl:7",
      "shaders/kernel.wgsl:10",
    ]);
    expect(originOf(lines.indexOf("last();") + 1)).toBe("shaders/kernel.wgsl:10");
    expect(originOf(0)).toBe("shaders/kernel.wgsl");
    expect(originOf(999)).toBe("shaders/kernel.wgsl");
  });
});
