import { expect, test } from "vitest";
import { add, type Backend, createBackend, OptionError, reshape, type Tensor, type Variable } from "webgpu-cnn";
import { describeOnEveryBackend } from "../support/backends.js";

/** A recorded step that adds one to a variable. */
function increment(backend: Backend, variable: Variable) {
  return backend.record(() => {
    variable.assign(add(variable.value, backend.full([1], 1)));
    return {};
  }, {});
}

const read = async (tensor: Pick<Tensor, "read">) => [...(await tensor.read())];

describeOnEveryBackend("a tensor keeps its values", (backend) => {
  test.each([
    [
      "a value that is assigned to another variable",
      (w: Variable, other: Variable) => {
        other.assign(w.value);
        return other;
      },
    ],
    ["a value that becomes a new variable", (w: Variable) => w.backend.variable(w.value)],
    ["a value that is held as a tensor", (w: Variable) => w.value],
    ["a value that is reshaped", (w: Variable) => reshape(w.value, [1, 1])],
    ["a value that is returned from tidy", (w: Variable) => w.backend.tidy(() => add(w.value, w.backend.full([1], 0)))],
  ])("%s keeps its elements when a recorded step runs again", async (_, take) => {
    const [w, other] = [backend().variable([1]), backend().variable([0])];
    const step = increment(backend(), w);
    step.run({});
    const taken = take(w, other);
    step.run({});
    step.run({});
    expect(await read(taken)).toEqual([2]);
    expect(await read(w)).toEqual([4]);
    w.write([9]);
    step.run({});
    expect(await read(taken)).toEqual([2]);
    expect(await read(w)).toEqual([10]);
    if (taken !== other) taken.dispose();
    for (const { dispose } of [step]) dispose.call(step);
    for (const variable of [w, other]) variable.dispose();
  });

  test("an output that is assigned to a variable keeps its elements when the step runs again", async () => {
    const v = backend().variable([0]);
    const step = backend().record(({ x }) => ({ y: add(x, x) }), { x: backend().zeros([1]) });
    v.assign(step.run({ x: [3] }).y);
    step.run({ x: [5] });
    expect(await read(v)).toEqual([6]);
    step.dispose();
    expect(await read(v)).toEqual([6]);
    v.dispose();
  });

  test("an output that is reshaped outlives the step", async () => {
    const step = backend().record(({ x }) => ({ y: add(x, x) }), { x: backend().zeros([2]) });
    const { y } = step.run({ x: [1, 2] });
    const kept = reshape(y, [2, 1]);
    step.run({ x: [3, 4] });
    expect(y.disposed).toBe(true);
    expect(await read(kept)).toEqual([2, 4]);
    step.dispose();
    expect(await read(kept)).toEqual([2, 4]);
    kept.dispose();
  });

  test("an output of a run can be an input of the next", async () => {
    const step = backend().record(({ x }) => ({ y: add(x, x) }), { x: backend().zeros([1]) });
    let { y } = step.run({ x: [1] });
    for (let i = 0; i < 4; i++) ({ y } = step.run({ x: y }));
    expect(await read(y)).toEqual([32]);
    step.dispose();
  });

  test("a constant can be assigned inside a step", async () => {
    const v = backend().variable([7]);
    const step = backend().record(() => {
      v.assign(backend().full([1], 0));
      return {};
    }, {});
    const others = Array.from({ length: 8 }, (_, i) => backend().full([1], i + 1));
    step.run({});
    expect(await read(v)).toEqual([0]);
    for (const other of others) other.dispose();
    step.dispose();
    v.dispose();
  });

  test("a step can return the old value of a variable and assign a new one", async () => {
    const v = backend().variable([1]);
    const two = backend().full([1], 2);
    const step = backend().record(() => {
      const old = reshape(v.value, [1]);
      v.assign(two);
      return { old };
    }, {});
    expect(await read(step.run({}).old)).toEqual([1]);
    expect(await read(v)).toEqual([2]);
    expect(await read(step.run({}).old)).toEqual([2]);
    step.dispose();
    two.dispose();
    v.dispose();
  });

  test("each read of a variable's value gives a handle of its own", async () => {
    const { tensors } = backend().memory();
    const v = backend().variable([1, 2]);
    const [one, other] = [v.value, v.value];
    one.dispose();
    one.dispose();
    expect(await read(other)).toEqual([1, 2]);
    // The caller need not dispose of it, so it is not counted.
    expect(backend().memory().tensors).toBe(tensors + 1);
    v.write([3, 4]);
    expect(await read(other)).toEqual([1, 2]);
    expect(await read(v.value)).toEqual([3, 4]);
    const many = Array.from({ length: 100 }, () => v.value);
    for (const each of many.slice(0, 50)) each.dispose();
    expect(await read(v.value)).toEqual([3, 4]);
    v.dispose();
    expect([other, ...many].every(({ disposed }) => disposed)).toBe(true);
    expect(backend().memory().tensors).toBe(tensors);
  });

  test("a tensor that a step captures keeps its values when its variable changes or is disposed of", async () => {
    const w = backend().variable([1]);
    const grow = increment(backend(), w);
    grow.run({});
    const snapshot = w.value;
    const difference = backend().record(() => ({ y: add(snapshot, w.value) }), {});
    grow.run({});
    snapshot.dispose();
    expect(await read(difference.run({}).y)).toEqual([5]);
    grow.run({});
    expect(await read(difference.run({}).y)).toEqual([6]);
    for (const step of [grow, difference]) step.dispose();
    w.dispose();
  });
});

describeOnEveryBackend("a recorded step owns the tensors that it makes and no others", (backend) => {
  test("the value of a variable and an input outlive the step that returns them", async () => {
    const v = backend().variable([4]);
    const x = backend().tensor([5]);
    const step = backend().record(({ x }) => ({ v: v.value, x, again: x }), { x });
    for (let i = 0; i < 3; i++) {
      const outputs = step.run({ x });
      expect([await read(outputs.v), await read(outputs.x), await read(outputs.again)]).toEqual([[4], [5], [5]]);
    }
    step.dispose();
    expect(await read(v)).toEqual([4]);
    expect(await read(x)).toEqual([5]);
    v.dispose();
    x.dispose();
  });

  test("recording calls the work once, and runs do not call it", () => {
    let calls = 0;
    const step = backend().record(() => {
      calls++;
      return { y: backend().full([1], calls) };
    }, {});
    for (let i = 0; i < 3; i++) step.run({});
    expect(calls).toBe(1);
    step.dispose();
  });

  test("an error is thrown at recording and leaves no memory behind", async () => {
    const v = backend().variable([1, 2]);
    const x = backend().zeros([2]);
    const other = await createBackend({ kind: "cpu" });
    const foreign = other.zeros([2]);
    await backend().settled();
    const before = backend().memory();
    const failing: readonly (() => unknown)[] = [
      () => {
        throw new Error("on purpose");
      },
      () => {
        v.assign(add(x, v.value));
        throw new Error("on purpose");
      },
      () => x,
      () => ({ y: 3 }),
      () => Promise.resolve({}),
      () => [x],
      () => new Map([["x", x]]),
      () => ({ y: foreign }),
    ];
    for (const work of failing) {
      // @ts-expect-error: some of them return a wrong type
      expect(() => backend().record(work, { x })).toThrow();
    }
    await backend().settled();
    const { tensors, liveBytes } = before;
    expect(backend().memory()).toMatchObject({ tensors, liveBytes });
    expect(await read(v)).toEqual([1, 2]);
    for (const each of [v, x, foreign]) each.dispose();
    other.destroy();
  });

  test("a step that returns its input leaves no memory behind after dispose", async () => {
    await backend().settled();
    const { tensors, liveBytes } = backend().memory();
    const x = backend().zeros([3]);
    const step = backend().record(({ x }) => ({ x }), { x });
    step.run({ x });
    step.run({ x: [1, 2, 3] });
    step.dispose();
    x.dispose();
    await backend().settled();
    expect(backend().memory()).toMatchObject({ tensors, liveBytes });
  });

  test("the outputs outlive a tidy around the run, until the next run", async () => {
    const step = backend().record(({ x }) => ({ y: add(x, x) }), { x: backend().zeros([1]) });
    const { y } = backend().tidy(() => ({ y: step.run({ x: [2] }).y }));
    backend().tidy(() => {
      step.run({ x: [3] });
    });
    expect(y.disposed).toBe(true);
    step.dispose();
  });

  test("a step can make a variable of numbers, but not of a tensor that is not computed yet", async () => {
    const made: Variable[] = [];
    const step = backend().record(() => {
      const v = backend().variable([1]);
      made.push(v);
      v.assign(add(v.value, v.value));
      return {};
    }, {});
    for (let i = 0; i < 3; i++) step.run({});
    expect(await Promise.all(made.map(read))).toEqual([[8]]);
    expect(() => backend().explain(() => backend().variable(backend().zeros([1])))).toThrow(OptionError);
    step.dispose();
    for (const variable of made) variable.dispose();
  });
});
