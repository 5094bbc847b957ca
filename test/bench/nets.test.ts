import { describe, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { Conv2D, Dense, Flatten, Sequential } from "webgpu-cnn/nn";
import { exportOnnx } from "webgpu-cnn/onnx";
import { readArguments } from "../../bench/nets/arguments.js";
import { predicting, recorded } from "../../bench/nets/library.js";
import { measureNet } from "../../bench/nets/measure.js";
import { netLines, netProblems, netTable } from "../../bench/nets/report.js";
import type { Runner } from "../../bench/nets/runner.js";
import { wallClock } from "../../bench/timing.js";

describe("the bench of pretrained nets", () => {
  test("reads its arguments, and names what is wrong", () => {
    expect(readArguments([])?.target).toEqual({ backend: "wasm", threads: undefined, peers: [] });
    expect(readArguments(["--threads", "1", "--peer", "ort-web", "--peer", "tfjs-wasm"])?.target).toEqual({
      backend: "wasm",
      threads: 1,
      peers: ["ort-web", "tfjs-wasm"],
    });
    expect(readArguments(["--peer", "tfjs"])?.target).toEqual({ backend: "webgpu", tfjs: true });
    expect(() => readArguments(["--peer", "tfjs", "--peer", "ort-web"])).toThrow("--backend wasm");
    expect(() => readArguments(["--peer", "torch"])).toThrow("--peer");
    expect(() => readArguments(["--clock", "cpu"])).toThrow("--threads 1");
    expect(() => readArguments(["--cases", "("])).toThrow("--cases");
  });

  test("counts multiply-adds, compares values, and says which are wrong", async () => {
    const backend = await createBackend({ kind: "wasm", threads: 1 });
    const source = { open: async () => backend, close: () => {} };
    const net = {
      name: "small",
      input: { shape: [1, 6, 6, 3], data: Float32Array.from({ length: 108 }, (_, i) => i % 7) },
      load: async () =>
        new Sequential([new Conv2D({ filters: 4, kernelSize: 3 }), new Flatten(), new Dense({ units: 2 })]).build(
          backend,
          { inputShape: [6, 6, 3], seed: 1 },
        ),
      layersModel: undefined,
    };
    const model = await net.load();
    const onnx = await exportOnnx(model);
    model.dispose();
    const wrong: Runner = {
      name: "wrong",
      load: async () => ({
        read: async () => ({ shape: [1, 2], data: Float32Array.of(Number.NaN, 0) }),
        run: async () => {},
        close: async () => {},
      }),
    };
    const without: Runner = { name: "without", load: async () => "it has no such net" };
    const result = await measureNet(
      { ...net, onnx },
      {
        title: "",
        record: {},
        runners: [predicting(source), recorded(source), wrong, without],
        missing: ["another: it needs a page"],
        measureCeiling: async () => ({ flopsPerSecond: 1e9, bytesPerSecond: 1e9 }),
        close: async () => {},
      },
      { flopsPerSecond: 1e9, bytesPerSecond: 1e9 },
      { fewestRounds: 1, mostRounds: 2, milliseconds: 1, clock: wallClock },
      () => {},
    );
    // Two for each multiply-add: 16 pixels of 4 channels from 27 values, and 2 units from 64.
    expect(result.flops).toBe(2 * (16 * 4 * 27 + 2 * 64));
    expect(result.sides.map(({ name, difference }) => [name, difference])).toEqual([
      ["webgpu-cnn", 0],
      ["recorded", 0],
      ["wrong", Number.POSITIVE_INFINITY],
    ]);
    expect(result.missing).toEqual(["another: it needs a page", "without: it has no such net"]);
    expect(netProblems(result)).toEqual([expect.stringContaining("small: wrong's values")]);
    expect(netLines(result)).toHaveLength(1 + 3 + 2);
    expect(netTable([result]).split("\n")).toHaveLength(2 + 3);
    expect(backend.memory().tensors).toBe(0);
    backend.destroy();
  });
});
