import { describe, expect, test } from "vitest";
import * as library from "webgpu-cnn";
import { decodeSafetensors } from "webgpu-cnn/io";
import * as stepByStep from "webgpu-cnn/step-by-step";
import { nearestName, show } from "../../src/core/errors.js";

describe("the error classes", () => {
  const names = Object.keys(library).filter((name) => /^[A-Z].*Error$/.test(name));

  test("are the classes of api.md and one each for kernels, files and jobs", () => {
    expect(names.sort()).toEqual([
      "BackendLostError",
      "BackendMismatchError",
      "BackendUnavailableError",
      "DisposedError",
      "FileFormatError",
      "JobError",
      "KernelError",
      "OptionError",
      "OutOfMemoryError",
      "ShapeError",
      "ValidationError",
      "WebGPUCNNError",
    ]);
  });

  test.each(names)("%s extends WebGPUCNNError and has its name", (name) => {
    const ErrorClass: unknown = Reflect.get(library, name);
    if (typeof ErrorClass !== "function") expect.fail(`${name} is no class`);
    const error: unknown = Reflect.construct(ErrorClass, ["conv2d: no", { cause: 7 }]);
    expect(error).toBeInstanceOf(library.WebGPUCNNError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, message: "conv2d: no", cause: 7 });
    expect(String(error)).toBe(`${name}: conv2d: no`);
  });

  test("are the same for all entries", async () => {
    const backend = await library.createBackend({ kind: "cpu" });
    const x = backend.zeros([3, 3, 1]);
    expect(() => stepByStep.zeroPad(x, 1)).toThrow(library.ShapeError);
    expect(() => decodeSafetensors(new Uint8Array(0))).toThrow(library.FileFormatError);
    backend.destroy();
  });
});

describe("show", () => {
  class Named {}
  const long = new Array<number>(10_000).fill(1);

  test.each<readonly [shown: string, value: unknown]>([
    ['"3"', "3"],
    ["3", 3],
    ["NaN", Number.NaN],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["3n", 3n],
    ["null", null],
    ["undefined", undefined],
    ["true", true],
    ["Symbol(s)", Symbol("s")],
    ["a function", () => 1],
    ['[1, "a", [null, undefined]]', [1, "a", [null, undefined]]],
    ["[]", []],
    ["an object", { a: 1 }],
    ["a Named", new Named()],
    ["a value", Object.create(null)],
    ["Float32Array of 8 bytes", new Float32Array(2)],
  ])("%s", (shown, value) => {
    expect(show(value)).toBe(shown);
  });

  test("is short for every value", () => {
    expect(show(long).length).toBeLessThan(300);
    expect(show([long, long, long, long, long]).length).toBeLessThan(1000);
    expect(show("x".repeat(10_000)).length).toBeLessThan(300);
    expect(show(long)).toMatch(/^\[1, 1, 1, /);
  });
});

describe("nearestName", () => {
  const known = ["windowDimensions", "strides", "padding", "dilations", "layout", "outputShapeRounding"];

  test.each([
    ["stride", "strides"],
    ["STRIDES", "strides"],
    ["strdies", "strides"],
    ["paddings", "padding"],
    ["dilation", "dilations"],
    ["layouts", "layout"],
    ["windowDimension", "windowDimensions"],
    ["outputRounding", "outputShapeRounding"],
  ])("%s → %s", (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  test.each(["", "x", "bias", "groups", "data", "toString", "kernel_size"])("finds no name near to %s", (name) => {
    expect(nearestName(name, known)).toBeUndefined();
  });
});
