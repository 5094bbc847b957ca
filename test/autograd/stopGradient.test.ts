import { expect, test } from "vitest";
import {
  add,
  type Backend,
  DisposedError,
  mul,
  OptionError,
  reduceSum,
  relu,
  reshape,
  square,
  stopGradient,
  type Tensor,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEveryBackend } from "../support/backends.js";
import { expectRefusal, wrong } from "../support/refusals.js";

const VALUES = [1, -2, 3, 0.5];
const ONES = [1, 1, 1, 1];
const ZEROS = [0, 0, 0, 0];
const DOUBLED = VALUES.map((value) => 2 * value);

describeOnEveryBackend("stopGradient", (backend) => {
  const w = () => backend().tensor(VALUES);

  /** The gradient of Σ fn(w) with respect to w. */
  async function gradientOf(fn: (w: Tensor, backend: Backend) => Tensor): Promise<number[]> {
    const gradient = backend().tidy(
      () => valueAndGradients(([w]) => reduceSum(fn(w, backend())), [w()] as const).gradients[0],
    );
    const values = [...(await gradient.read())];
    gradient.dispose();
    return values;
  }

  test("gives the same values in the same memory", async () => {
    const x = backend().tensor([[1, 2, 3]]);
    const before = backend().memory();
    const y = stopGradient(x);
    expect(backend().memory()).toEqual({ ...before, tensors: before.tensors + 1 });
    expect(y.shape).toEqual([1, 3]);
    x.dispose();
    expect([...(await y.read())]).toEqual([1, 2, 3]);
    y.dispose();
    expect(backend().memory().liveBytes).toBe(before.liveBytes - 12);
  });

  test("lets no gradient through", async () => {
    expect(await gradientOf((w) => mul(w, stopGradient(w)))).toEqual(VALUES);
    expect(await gradientOf((w) => add(w, stopGradient(square(w))))).toEqual(ONES);
    expect(await gradientOf((w) => add(relu(w), stopGradient(relu(w))))).toEqual([1, 0, 1, 1]);
    // The tensor itself still passes its gradient.
    expect(await gradientOf((w) => add(mul(stopGradient(w), w), w))).toEqual(VALUES.map((value) => value + 1));
  });

  test("also through reshapes", async () => {
    expect(await gradientOf((w) => mul(reshape(w, [2, 2]), reshape(stopGradient(w), [2, 2])))).toEqual(VALUES);
    expect(await gradientOf((w) => mul(reshape(w, [2, 2]), stopGradient(reshape(w, [2, 2]))))).toEqual(VALUES);
  });

  test("also outside of the function", async () => {
    const w = backend().tensor(VALUES);
    const target = stopGradient(w);
    const { gradients } = valueAndGradients(({ w }) => reduceSum(mul(w, target)), { w });
    expect([...(await gradients.w.read())]).toEqual(VALUES);
  });

  test("also in the value of a variable", async () => {
    const variable = backend().variable(ZEROS);
    const assigned = await gradientOf((w) => {
      variable.assign(stopGradient(w));
      return mul(w, variable.value);
    });
    expect(assigned).toEqual(VALUES);
    const passed = await gradientOf((w) => {
      variable.assign(w);
      return mul(w, variable.value);
    });
    expect(passed).toEqual(DOUBLED);
    const initial = await gradientOf((w, backend) => {
      const variable = backend.variable(stopGradient(w));
      const product = mul(w, variable.value);
      variable.dispose();
      return product;
    });
    expect(initial).toEqual(VALUES);
    variable.dispose();
  });

  test("as a parameter it has a gradient of its own", async () => {
    const x = backend().tensor(VALUES);
    const { gradients } = valueAndGradients(([w, constant]) => reduceSum(add(square(w), constant)), [
      x,
      stopGradient(x),
    ] as const);
    expect([...(await gradients[0].read())]).toEqual(DOUBLED);
    expect([...(await gradients[1].read())]).toEqual(ONES);
  });

  test("in nested gradients it stops the outer gradient only", async () => {
    // The inner gradient is 2 · constant, so the outer function is Σ 2 · constant · w.
    const outer = await gradientOf((w) => {
      const inner = valueAndGradients(([constant]) => reduceSum(square(constant)), [stopGradient(w)] as const);
      return mul(w, inner.gradients[0]);
    });
    expect(outer).toEqual(DOUBLED);
    // The gradient with respect to p is the constant, so it does not depend on w.
    const through = await gradientOf((w, backend) => {
      const p = backend.full([4], 1);
      const inner = valueAndGradients(([p]) => reduceSum(mul(p, stopGradient(w))), [p] as const);
      return mul(w, inner.gradients[0]);
    });
    expect(through).toEqual(VALUES);
  });

  test("in a recorded step, and as an input of one", async () => {
    const example = w();
    const step = backend().record(
      ({ w }) => {
        const { value, gradients } = valueAndGradients(([w]) => reduceSum(mul(w, stopGradient(w))), [w] as const);
        return { value, gradient: gradients[0], constant: stopGradient(w) };
      },
      { w: example },
    );
    for (const values of [VALUES, DOUBLED]) {
      const { gradient, constant } = step.run({ w: values });
      expect([...(await gradient.read())]).toEqual(values);
      expect([...(await constant.read())]).toEqual(values);
    }
    expect(() => valueAndGradients(([w]) => step.run({ w }).value, [example] as const)).toThrow(OptionError);
    expect(await gradientOf((w) => mul(w, step.run({ w: stopGradient(w) }).gradient))).toEqual(VALUES);
    step.dispose();
  });

  test("takes the place of a missing gradient", async () => {
    const value = ([w]: readonly [Tensor]) => reduceSum(stopGradient(w));
    expect(() => valueAndGradients(value, [w()] as const)).toThrow(/the value depends on none of the parameters/);
  });

  test("refuses what is not a live tensor", () => {
    const gone = w();
    expectRefusal(backend(), OptionError, /^stopGradient: x must be a Tensor, got \[1\]/, () =>
      stopGradient(wrong([1])),
    );
    expectRefusal(backend(), OptionError, /^stopGradient: unknown option alpha/, () =>
      stopGradient(gone, wrong({ alpha: 1 })),
    );
    gone.dispose();
    expectRefusal(backend(), DisposedError, /^stopGradient: x \[4\] was disposed of/, () => stopGradient(gone));
  });
});
