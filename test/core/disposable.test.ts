import { describe, expect, test } from "vitest";
import * as library from "webgpu-cnn";
import { createBackend, DisposedError, relu, type Tensor } from "webgpu-cnn";
import * as io from "webgpu-cnn/io";
import * as nn from "webgpu-cnn/nn";
import { Dense, Sequential, SGD } from "webgpu-cnn/nn";
import { BACKEND_KINDS, describeOnEachBackend } from "../support/backends.js";

const hasDispose = typeof Symbol.dispose === "symbol";

function end(value: Disposable): void {
  value[Symbol.dispose]();
}

test("every class with dispose or destroy has Symbol.dispose", () => {
  const disposable = Object.entries({ ...library, ...io, ...nn }).flatMap(([name, value]: [string, unknown]) => {
    const prototype: unknown = typeof value === "function" ? value.prototype : undefined;
    if (typeof prototype !== "object" || prototype === null) return [];
    return "dispose" in prototype || "destroy" in prototype ? [{ name, has: Symbol.dispose in prototype }] : [];
  });
  expect(disposable.map(({ name }) => name)).toEqual(expect.arrayContaining(["Tensor", "Sequential", "SGD"]));
  for (const { name, has } of disposable) expect({ name, has }).toEqual({ name, has: hasDispose });
});

describe.runIf(hasDispose)("Symbol.dispose", () => {
  describeOnEachBackend("disposes of", (backend) => {
    test("a tensor and a variable", async () => {
      const before = backend().memory().liveBytes;
      const [x, w] = [backend().zeros([2]), backend().variable([1])];
      for (const handle of [x, w]) {
        end(handle);
        await expect(handle.read()).rejects.toThrow(DisposedError);
        end(handle);
      }
      expect(backend().memory().liveBytes).toBe(before);
    });

    test("a recorded step", () => {
      const x = backend().zeros([2]);
      const step = backend().record(({ x }: { x: Tensor }) => ({ y: relu(x) }), { x });
      end(step);
      expect(() => step.run({ x })).toThrow(DisposedError);
      x.dispose();
    });

    test("a model with its optimizer", () => {
      const { tensors, liveBytes } = backend().memory();
      const model = new Sequential([new Dense({ units: 2 })]).build(backend(), { inputShape: [3] });
      model.compile({ optimizer: new SGD({ momentum: 0.9 }), loss: "meanSquaredError" });
      end(model);
      expect(backend().memory()).toMatchObject({ tensors, liveBytes });
    });
  });

  test.each(BACKEND_KINDS)("destroys a backend, %s", async (kind) => {
    const backend = await createBackend({ kind });
    end(backend);
    expect((await backend.lost).reason).toBe("destroyed");
  });
});
