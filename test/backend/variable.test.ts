import { expect, test } from "vitest";
import { createBackend, DisposedError, OptionError, pad2d, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend } from "../support/backends.js";

describeOnEachBackend("a variable", (backend) => {
  test("holds its first value, then the assigned value", async () => {
    const variable = backend().variable([1, 2, 3, 4], [1, 2, 2, 1]);
    expect(variable.shape).toEqual([1, 2, 2, 1]);
    const before = variable.value;
    expect([...(await variable.read())]).toEqual([1, 2, 3, 4]);
    const next = backend().tensor([5, 6, 7, 8], [1, 2, 2, 1]);
    variable.assign(next);
    next.dispose();
    expect([...(await variable.read())]).toEqual([5, 6, 7, 8]);
    expect([...(await before.read())]).toEqual([1, 2, 3, 4]);
    variable.dispose();
    expect(before.disposed).toBe(true);
  });

  test("outlives the tidy in which it is made and assigned", async () => {
    const variable = backend().tidy(() => {
      const made = backend().variable(backend().full([2], 1));
      made.assign(backend().full([2], 3));
      return made;
    });
    backend().tidy(() => variable.assign(backend().full([2], 4)));
    expect([...(await variable.read())]).toEqual([4, 4]);
    variable.dispose();
  });

  test("leaves no memory behind", () => {
    const before = backend().memory();
    const variable = backend().variable([1, 2]);
    for (let i = 0; i < 3; i++) backend().tidy(() => variable.assign(backend().full([2], i)));
    expect(backend().memory().tensors).toBe(before.tensors + 1);
    variable.dispose();
    variable.dispose();
    expect(backend().memory().tensors).toBe(before.tensors);
    expect(backend().memory().liveBytes).toBe(before.liveBytes);
    expect(() => variable.value).toThrow(DisposedError);
  });

  test("refuses another shape, another backend and a value that is not a tensor", async () => {
    const variable = backend().variable([1, 2]);
    const other = await createBackend({ kind: "cpu" });
    const disposed = backend().full([2], 1);
    disposed.dispose();
    expect(() => variable.assign(backend().full([3], 1))).toThrow(ShapeError);
    expect(() => variable.assign(other.full([2], 1))).toThrow(OptionError);
    expect(() => variable.assign(disposed)).toThrow(DisposedError);
    // @ts-expect-error: numbers are not a tensor
    expect(() => variable.assign([1, 2])).toThrow(OptionError);
    expect([...(await variable.read())]).toEqual([1, 2]);
    variable.dispose();
    other.destroy();
  });

  test("keeps its value in warmUp, explain and autotune", async () => {
    const variable = backend().variable([1, 2, 3, 4], [1, 2, 2, 1]);
    const work = () => {
      const padded = pad2d(variable.value, { padding: [0, 0, 0, 0] });
      variable.assign(padded);
      return pad2d(variable.value, { padding: 1 });
    };
    await backend().warmUp(work);
    backend().explain(work);
    await backend().autotune(work);
    expect([...(await variable.read())]).toEqual([1, 2, 3, 4]);
    variable.dispose();
  });

  test("keeps its value in autotune, which refuses writes, runs and recordings", async () => {
    const variable = backend().variable([1, 2]);
    const taken = variable.value;
    const step = backend().record(() => {
      variable.assign(backend().full([2], 7));
      return {};
    }, {});
    const refused: readonly (() => unknown)[] = [
      () => step.run({}),
      () => variable.write([3, 4]),
      () => backend().variable(taken),
      () => backend().record(() => ({}), {}),
    ];
    for (const work of refused) await expect(backend().autotune(work)).rejects.toThrow("called inside autotune");
    const reads: Promise<unknown>[] = [];
    await backend().autotune(() => {
      reads.push(expect(taken.read()).rejects.toThrow("read: called inside autotune"));
    });
    await Promise.all(reads);
    expect([...(await variable.read())]).toEqual([1, 2]);
    step.dispose();
    variable.dispose();
  });
});
