import { describe, expect, test } from "vitest";
import { add, type Backend, type BackendMemory, createBackend, type Tensor, type Variable } from "webgpu-cnn";
import guide from "../../docs/guides/memory.md?raw";

const read = async (tensor: Pick<Tensor, "read">) => [...(await tensor.read())];

describe("handles that are collected as garbage", () => {
  const found: unknown = Reflect.get(globalThis, "gc");
  const gc = typeof found === "function" ? found : undefined;

  async function collect(): Promise<void> {
    if (!gc) throw new Error("the tests run with --expose-gc");
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Collects garbage until the backend holds only this. */
  async function collectUntil(backend: Backend, left: Pick<BackendMemory, "tensors" | "liveBytes">): Promise<void> {
    const { tensors, liveBytes } = left;
    const enough = () => backend.memory().tensors <= tensors && backend.memory().liveBytes <= liveBytes;
    for (let i = 0; i < 100 && !enough(); i++) await collect();
    expect(backend.memory()).toMatchObject(left);
  }

  /** Runs `work` and gives the warnings that are written to the console meanwhile. */
  async function warningsDuring(work: () => Promise<void>): Promise<unknown[]> {
    const warnings: unknown[] = [];
    const { warn } = console;
    console.warn = (message: unknown) => warnings.push(message);
    await work().finally(() => {
      console.warn = warn;
    });
    return warnings;
  }

  test.each([["webgpu"], ["cpu"]] as const)("give their memory back on %s with one warning", async (kind) => {
    const backend = await createBackend({ kind });
    const warnings = await warningsDuring(async () => {
      const lose = () => {
        for (let i = 0; i < 50; i++) backend.full([100], i);
        backend.variable([1, 2]);
      };
      lose();
      const kept = backend.full([1], 3);
      await collectUntil(backend, { tensors: 1, liveBytes: 4 });
      expect(await read(kept)).toEqual([3]);
    });
    // The warning comes once for all backends. It may have come in another test.
    expect(warnings.length).toBeLessThanOrEqual(1);
    // The guide quotes it, so that a search for its words finds the guide.
    for (const warning of warnings) {
      expect(warning).toContain("garbage-collected without dispose()");
      expect(guide).toContain(String(warning).replace(/^.*(?= was garbage)/, ""));
    }
    backend.destroy();
  });

  test.each([["webgpu"], ["wasm"], ["cpu"]] as const)(
    "give their memory back on %s with their variable, though the collector has not reported them",
    async (kind) => {
      if (!gc) throw new Error("the tests run with --expose-gc");
      const backend = await createBackend({ kind });
      const variable = backend.variable([1, 2]);
      const lend = () => {
        // More than the number of loans at which the ones that have ended are removed.
        for (let i = 0; i < 40; i++) {
          const { value } = variable;
          if (i % 3 === 0) value.dispose();
          backend.tidy(() => variable.assign(add(value.disposed ? variable.value : value, variable.value)));
        }
      };
      lend();
      // A handle that was used in this turn stays until its end.
      await backend.settled();
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
      variable.dispose();
      await backend.settled();
      expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
      // The reports that come now change nothing.
      await collect();
      expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
      backend.destroy();
    },
  );

  test("give no warning if they are a variable's value", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const variable = backend.variable([1, 2]);
    const warnings = await warningsDuring(async () => {
      const take = () => {
        for (let i = 0; i < 20; i++) {
          const { value } = variable;
          // This one is disposed of by hand. It must not be given back twice.
          if (i % 2 === 0) value.dispose();
          variable.write([i, i]);
        }
      };
      take();
      await collectUntil(backend, { tensors: 1, liveBytes: 8 });
    });
    expect(warnings).toEqual([]);
    variable.dispose();
    backend.destroy();
  });

  test.each([["webgpu"], ["cpu"]] as const)("a recorded step keeps the variables that it uses on %s", async (kind) => {
    const backend = await createBackend({ kind });
    const recorded = () => {
      const [counter, total] = [backend.variable([1]), backend.variable([0])];
      return backend.record(() => {
        counter.assign(add(counter.value, backend.full([1], 1)));
        total.assign(counter.value);
        return { count: counter.value };
      }, {});
    };
    const step = recorded();
    for (let i = 0; i < 3; i++) await collect();
    expect(await read(step.run({}).count)).toEqual([2]);
    for (let i = 0; i < 3; i++) await collect();
    expect(await read(step.run({}).count)).toEqual([3]);
    step.dispose();
    await collectUntil(backend, { tensors: 0, liveBytes: 0 });
    backend.destroy();
  });

  test.each([["webgpu"], ["cpu"]] as const)(
    "a recorded step that is collected gives its memory back on %s",
    async (kind) => {
      const backend = await createBackend({ kind });
      const kept = backend.variable([1, 2, 3]);
      const lose = (variable: Variable) => {
        const captured = backend.full([500], 1);
        for (let i = 0; i < 5; i++) {
          backend.record(() => ({ y: add(captured, captured), z: add(variable.value, variable.value) }), {}).run({});
        }
        captured.dispose();
      };
      lose(kept);
      await collectUntil(backend, { tensors: 1, liveBytes: 12 });
      expect(await read(kept)).toEqual([1, 2, 3]);
      backend.destroy();
    },
  );
});
