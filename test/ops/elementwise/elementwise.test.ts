import { describe, expect, test } from "vitest";
import * as library from "webgpu-cnn";
import { type Backend, createBackend, type Tensor } from "webgpu-cnn";
import { upload } from "../../support/backends.js";
import { requestDevice, withSmallerLimits } from "../../support/device.js";
import { BINARY_CASES, BINARY_OPERATORS, known, UNARY_CASES, UNARY_OPERATORS } from "../../support/elementwise.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

// Every elementwise operator, found by its definition. test/ops/kit compares each with its formula in float64 and with PyTorch's values.

test("the test finds operators, and all have known values", () => {
  const names = [...UNARY_OPERATORS, ...BINARY_OPERATORS].map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["relu", "exp", "add", "pow"]));
  expect([...Object.keys(known.unary), ...Object.keys(known.binary)].sort()).toEqual(names.sort());
  for (const name of names) {
    expect(Reflect.get(library, name), name).toBeTypeOf("function");
    expect(Reflect.get(library, `${name}Backward`), name).toBeTypeOf("function");
  }
});

describe("the formulas of", () => {
  /** A difference is no derivative if the function bends within the step or its slope changes much. Points are moved away from such places. */
  const points = Array.from({ length: 80 }, (_, i) => (i - 39.63) / 7.3);

  /** The derivative by a central difference. Its error is some 10⁻¹⁰ times the third derivative. */
  const slope = (f: (x: number) => number, x: number) => (f(x + 2 ** -16) - f(x - 2 ** -16)) / 2 ** -15;

  test.each(UNARY_CASES)("%s have the derivative of the value", (_title, operator, options) => {
    const { y, dx } = operator.formulas(options);
    for (const x of points) {
      const value = operator.gradientFrom === "x" ? x : y.value(x);
      const expected = 1.5 * slope(y.value, x);
      const tolerance = 1e-6 * (1 + Math.abs(expected));
      if (!Number.isNaN(expected)) expect(Math.abs(dx.value(value, 1.5) - expected), `${x}`).toBeLessThan(tolerance);
    }
  });

  test.each(BINARY_CASES)("%s have the derivatives of the value", (_title, { y, da, db }) => {
    for (const [i, a] of points.entries()) {
      const b = oracle.at(points, (i * 37 + 11) % points.length);
      for (const [gradient, f, x] of [
        [da, (x: number) => y.value(x, b), a],
        [db, (x: number) => y.value(a, x), b],
      ] as const) {
        const expected = 1.5 * slope(f, x);
        const tolerance = 1e-6 * (1 + Math.abs(expected));
        if (Number.isNaN(expected)) continue;
        expect(Math.abs(gradient.value(a, b, 1.5) - expected), `${a}, ${b}`).toBeLessThan(tolerance);
      }
    }
  });
});

describe("every operator", () => {
  /**
   * Runs operators, forward and backward, on random operands.
   *
   * @param every 1 for all operators, 2 for every second one, …
   */
  async function results(backend: Backend, shape: readonly number[], every = 1): Promise<Map<string, Float32Array>> {
    const sampled = <Case>(cases: readonly Case[]) => cases.filter((_, i) => i % every === 0);
    const [x, w] = [upload(backend, randomOperand(shape, 1)), upload(backend, randomOperand(shape, 2))];
    const bias = upload(backend, randomOperand(shape.slice(-1), 3));
    const made: [string, Tensor][] = [];
    for (const [title, operator, options] of sampled(UNARY_CASES)) {
      made.push([title, operator.forward(x, options)], [`${title} dx`, operator.backward(x, w, options)]);
    }
    for (const [name, operator] of sampled(BINARY_CASES)) {
      const { da, db } = operator.backward(x, bias, w);
      made.push([name, operator.forward(x, bias)], [`${name} da`, da], [`${name} db`, db]);
    }
    await backend.settled();
    const values = new Map<string, Float32Array>();
    for (const [name, tensor] of made) {
      values.set(name, await tensor.read());
      tensor.dispose();
    }
    for (const tensor of [x, w, bias]) tensor.dispose();
    return values;
  }

  test("passes validation", async () => {
    const backend = await createBackend({ kind: "webgpu", validate: true });
    for (const shape of [
      [40, 3],
      [5, 6, 8],
    ]) {
      await results(backend, shape);
    }
    backend.destroy();
  });

  // All operators share the loops that are cut, and each operator is another kernel to compile. Some of them are enough.
  test.each([[[5000, 8]], [[13_333, 3]]])(
    "gives the same values in parts if a binding holds less than %j",
    async (shape) => {
      const [whole, device] = [await createBackend({ kind: "webgpu" }), await requestDevice()];
      const inParts = await createBackend({
        device: withSmallerLimits(device, { maxStorageBufferBindingSize: 2 ** 16 }),
      });
      const [expected, actual] = [await results(whole, shape, 7), await results(inParts, shape, 7)];
      for (const [name, values] of expected) {
        // The gradient of a stretched operand is a sum. It is cut at other places, and its rounding differs.
        if (values.length === oracle.sizeOf(shape)) expect(actual.get(name), name).toEqual(values);
      }
      for (const backend of [whole, inParts]) backend.destroy();
      device.destroy();
    },
  );
});
