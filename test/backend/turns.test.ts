import { describe, expect, test } from "vitest";
import {
  add,
  type Backend,
  BackendLostError,
  createBackend,
  DisposedError,
  mul,
  type RecordedStep,
  type Tensor,
  type Variable,
} from "webgpu-cnn";
import { describeOnEveryBackend } from "../support/backends.js";

const read = async (tensor: Pick<Tensor, "read">) => [...(await tensor.read())];
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

type Doubling = RecordedStep<Record<never, Tensor>, { readonly y: Tensor }>;

/** A recorded step of several operators: v ← 2 · v + 1, y = v + 1. */
function doubling(backend: Backend, v: Variable): Doubling {
  return backend.record(() => {
    const one = backend.full([1], 1);
    const y = add(mul(v.value, backend.full([1], 2)), one);
    v.assign(y);
    return { y: add(y, one) };
  }, {});
}

describeOnEveryBackend("a run in turns takes effect at its call", (backend) => {
  /** Starts a run with v = 1 that waits for its turn, does `meanwhile`, and gives v and y after the run. */
  async function running(
    meanwhile: (variable: Variable, step: Doubling) => unknown,
  ): Promise<{ v: number[]; y: number[] }> {
    const { tensors, liveBytes } = backend().memory();
    const variable = backend().variable([1]);
    const step = doubling(backend(), variable);
    // The next turn is due.
    await pause(30);
    const run = step.runInTurns({});
    await meanwhile(variable, step);
    const { y } = await run;
    const result = { v: await read(variable), y: y.disposed ? [] : await read(y) };
    step.dispose();
    variable.dispose();
    await backend().settled();
    expect(backend().memory()).toMatchObject({ tensors, liveBytes });
    return result;
  }

  test("when nothing else happens", async () => {
    expect(await running(() => {})).toEqual({ v: [3], y: [4] });
  });

  test("before a later assignment", async () => {
    const assign = (v: Variable) => backend().tidy(() => v.assign(backend().full([1], 10)));
    expect(await running(assign)).toEqual({ v: [10], y: [4] });
  });

  test("before a later write", async () => {
    expect(await running((v) => v.write([10]))).toEqual({ v: [10], y: [4] });
  });

  test("before a later read of the variable", async () => {
    const seen: number[][] = [];
    const look = async (v: Variable) => {
      const { value } = v;
      const later = v.read();
      seen.push(await read(value), [...(await later)]);
      value.dispose();
    };
    expect(await running(look)).toEqual({ v: [3], y: [4] });
    expect(seen).toEqual([[3], [3]]);
  });

  test("before another run of the step, in turns or not", async () => {
    expect(await running((_, step) => step.run({}))).toEqual({ v: [7], y: [] });
    expect(await running((_, step) => step.runInTurns({}))).toEqual({ v: [7], y: [] });
  });

  test("before a run of another step", async () => {
    const other = async (v: Variable) => {
      const step = doubling(backend(), v);
      const { y } = step.run({});
      expect(await read(y)).toEqual([8]);
      step.dispose();
    };
    expect(await running(other)).toEqual({ v: [7], y: [4] });
  });

  test("before the step is disposed of", async () => {
    expect(await running((_, step) => step.dispose())).toEqual({ v: [3], y: [] });
  });

  test("before the variable is disposed of", async () => {
    const variable = backend().variable([1]);
    const step = doubling(backend(), variable);
    await pause(30);
    const run = step.runInTurns({});
    variable.dispose();
    expect(await read((await run).y)).toEqual([4]);
    expect(() => step.run({})).toThrow(DisposedError);
    await expect(step.runInTurns({})).rejects.toThrow(DisposedError);
    step.dispose();
  });

  test("an error rejects the run and leaves no memory behind", async () => {
    const { tensors, liveBytes } = backend().memory();
    const [read, assigned] = [backend().variable([1]), backend().variable([2])];
    const step = backend().record(() => {
      assigned.assign(add(read.value, read.value));
      return { y: mul(read.value, read.value) };
    }, {});
    assigned.dispose();
    await expect(step.runInTurns({})).rejects.toThrow(DisposedError);
    expect(() => step.run({})).toThrow(DisposedError);
    assigned.dispose();
    read.dispose();
    step.dispose();
    await backend().settled();
    expect(backend().memory()).toMatchObject({ tensors, liveBytes });
  });
});

describe.each([["webgpu"], ["wasm"], ["cpu"]] as const)("a backend that is destroyed on %s", (kind) => {
  test("rejects runs in turns, pending reads and the use of variables", async () => {
    const backend = await createBackend({ kind });
    const variable = backend.variable([1]);
    const step = doubling(backend, variable);
    const { value } = variable;
    await pause(30);
    const [run, pending] = [step.runInTurns({}), value.read()];
    backend.destroy();
    // Elsewhere, the whole run is queued at its call.
    if (kind === "cpu") await expect(run).rejects.toThrow(BackendLostError);
    else await run;
    await expect(pending).rejects.toThrow(BackendLostError);
    await expect(backend.settled()).rejects.toThrow(BackendLostError);
    expect(() => variable.value).toThrow(BackendLostError);
    expect(() => variable.assign(value)).toThrow(BackendLostError);
    expect(() => variable.write([1])).toThrow(BackendLostError);
    await expect(variable.read()).rejects.toThrow(BackendLostError);
    await expect(step.runInTurns({})).rejects.toThrow(BackendLostError);
    expect(() => step.run({})).toThrow(BackendLostError);
    for (const each of [step, variable, value]) each.dispose();
  });
});
