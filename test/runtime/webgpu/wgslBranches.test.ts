import { describe, expect, test } from "vitest";
import { KernelError } from "webgpu-cnn";
import type { ShaderConstants, ShaderSource } from "../../../src/core/operation.js";
import { linkShader } from "../../../src/runtime/webgpu/shaders/linker.js";

const HEAD = ["const WORKGROUP_SIZE: u32 = 64;", "struct Params {", "  invocations: u32,", "}"];

function shader(lines: readonly string[], imports: readonly ShaderSource[] = []): ShaderSource {
  return { path: "shaders/kernel.wgsl", source: [...HEAD, ...lines].join("\n"), imports };
}

function linked(lines: readonly string[], constants?: ShaderConstants): string[] {
  return linkShader(shader(lines), constants).code.split("\n").slice(HEAD.length);
}

describe("#if", () => {
  const both = ["override ON: bool = true;", "#if ON", "a", "#else", "b", "#endif", "c"];

  test("keeps the lines for the constant's value", () => {
    expect(linked(both)).toEqual(["const ON: bool = true;", "a", "c"]);
    expect(linked(both, { ON: false })).toEqual(["const ON: bool = false;", "b", "c"]);
  });

  test("works inside another #if and inside an unrolled loop", () => {
    const nested = [
      "override A: bool = true;",
      "override B: bool = true;",
      "#if A",
      "#if B",
      "ab",
      "#else",
      "a",
      "#endif",
      "#endif",
    ];
    const kept = (A: boolean, B: boolean) => linked(nested, { A, B }).slice(2);
    expect([kept(true, true), kept(true, false), kept(false, true)]).toEqual([["ab"], ["a"], []]);
    const loop = ["#unroll", "for (var i = 0u; i < 2; i++) {", "#if ON", "f(i);", "#else", "g(i);", "#endif", "}"];
    const calls = linked(["const ON: bool = false;", ...loop]).filter((line) => /[fg]\(/.test(line));
    expect(calls).toEqual(["g(0u);", "g(1u);"]);
  });

  test("chooses between declarations of constants and bindings", () => {
    const lines = [
      "override WIDE: bool = true;",
      "#if WIDE",
      "const TIMES: u32 = 2;",
      "#else",
      "const TIMES: u32 = 1;",
      "#endif",
      "#unroll",
      "for (var i = 0u; i < TIMES; i++) {",
      "f(i);",
      "}",
    ];
    expect(linked(lines).filter((line) => line.startsWith("f("))).toHaveLength(2);
    expect(linked(lines, { WIDE: false }).filter((line) => line.startsWith("f("))).toHaveLength(1);
  });

  test.each([
    ["an unknown name", ["#if NOBODY", "#endif"], "shaders/kernel.wgsl:5: #if needs the name of a bool constant"],
    [
      "a number",
      ["const N: u32 = 1;", "#if N", "#endif"],
      "shaders/kernel.wgsl:6: #if needs the name of a bool constant",
    ],
    ["no end", ["const ON: bool = true;", "#if ON"], "shaders/kernel.wgsl:6: #if without #endif"],
    ["no beginning", ["#endif"], "shaders/kernel.wgsl:5: #endif without #if"],
    ["an else alone", ["#else"], "shaders/kernel.wgsl:5: #else without #if"],
    [
      "an expression",
      ["const ON: bool = true;", "#if !ON", "#endif"],
      "shaders/kernel.wgsl:6: #if needs the name of a bool constant",
    ],
  ])("refuses %s", (_what, lines, message) => {
    expect(() => linked(lines)).toThrow(KernelError);
    expect(() => linked(lines)).toThrow(message);
  });
});

test("WGSL's own directives are moved to the top", () => {
  const quads = { path: "shaders/lib/quads.wgsl", source: "const A: u32 = 1;\nenable subgroups;", imports: [] };
  const source = shader(["diagnostic(off, subgroup_uniformity);", "fn main() {}"], [quads]);
  const { code, originOf } = linkShader(source);
  expect(code.split("\n").slice(0, 2)).toEqual(["enable subgroups;", "diagnostic(off, subgroup_uniformity);"]);
  expect([originOf(1), originOf(2), originOf(3)]).toEqual([
    "shaders/lib/quads.wgsl:2",
    "shaders/kernel.wgsl:5",
    "shaders/lib/quads.wgsl:1",
  ]);
});
