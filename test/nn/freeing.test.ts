import fc from "fast-check";
import { expect, test } from "vitest";
import { type Backend, createBackend, mul, type Tensor, type Variable } from "webgpu-cnn";
import {
  Activation,
  Add,
  type BuildScope,
  Dropout,
  type GraphTensor,
  input,
  Layer,
  Model,
  Sequential,
} from "webgpu-cnn/nn";
import { BACKEND_KINDS, describeOnEachBackend } from "../support/backends.js";
import { sampled } from "../support/sampling.js";

/** Gives the tensor that it gets. */
class Same extends Layer {
  override call(x: Tensor): Tensor {
    return x;
  }
}

/** Three times x, with a tensor that nobody else needs. */
class Triple extends Layer {
  override call(x: Tensor): Tensor {
    return mul(mul(x, x.backend.full([], 6)), x.backend.full([], 0.5));
  }
}

/** Fails in the middle of its work. */
class Failing extends Layer {
  override call(x: Tensor): Tensor {
    mul(x, x);
    if (x.shape[0] === 3) throw new Error("three examples");
    return x;
  }
}

/** Gives a variable the square of its first input, and passes that on. */
class Noting extends Layer {
  noted: Variable | undefined;

  override build(scope: BuildScope): void {
    this.noted = scope.weight("noted", [1, 2], "zeros", { trainable: false });
  }

  override call(x: Tensor): Tensor {
    const y = mul(x, x);
    if (x.shape[0] === 1) this.noted?.assign(y);
    return y;
  }
}

/** One node of a random graph: what it does, and which earlier values it takes. */
const nodes = fc.array(
  fc.record({
    kind: fc.constantFrom("same", "dropout", "triple", "add", "nested"),
    from: fc.tuple(fc.nat(), fc.nat()),
  }),
  { minLength: 1, maxLength: 12 },
);
type Nodes = typeof nodes extends fc.Arbitrary<infer Value> ? Value : never;

/** The tensors of a graph, each with its factor: how many times the input it is. */
function graphOf(given: Nodes) {
  const entrance = input([2]);
  const values: (readonly [tensor: GraphTensor, factor: number])[] = [[entrance, 1]];
  for (const { kind, from } of given) {
    const [a, b] = from.map((i) => values[i % values.length] ?? ([entrance, 1] as const));
    if (!a || !b) throw new Error("two values");
    if (kind === "same") values.push([new Same().apply(a[0]), a[1]]);
    if (kind === "dropout") values.push([new Dropout({ rate: 0.5 }).apply(a[0]), a[1]]);
    if (kind === "triple") values.push([new Triple().apply(a[0]), 3 * a[1]]);
    if (kind === "add") values.push([new Add().apply([a[0], b[0]]), a[1] + b[1]]);
    if (kind === "nested") values.push([new Sequential([new Same(), new Triple(), new Same()]).apply(a[0]), 3 * a[1]]);
  }
  return { entrance, values };
}

describeOnEachBackend("The tensors of a prediction", (backend) => {
  test("live as long as a layer or an output needs them", async () => {
    const check = async (given: Nodes, picks: readonly number[]) => {
      const { entrance, values } = graphOf(given);
      const last = values.at(-1) ?? ([entrance, 1] as const);
      const picked = [last, ...picks.map((i) => values[i % values.length] ?? last)];
      const model = new Model({
        inputs: entrance,
        outputs: Object.fromEntries(picked.map(([tensor], i) => [i, tensor])),
      }).build(backend());
      const x = backend().tensor([1, -2], [1, 2]);
      const { tensors } = backend().memory();
      const outputs = Object.values<Tensor>(model.predict(x));
      for (const [i, output] of outputs.entries()) {
        const factor = picked[i]?.[1] ?? 0;
        expect([...(await output.read())]).toEqual([factor, -2 * factor]);
      }
      const made = new Set(outputs.filter((output) => output !== x));
      expect(backend().memory().tensors).toBe(tensors + made.size);
      for (const output of made) output.dispose();
      expect([...(await x.read())]).toEqual([1, -2]);
      x.dispose();
      model.dispose();
    };
    await fc.assert(fc.asyncProperty(nodes, fc.array(fc.nat(), { maxLength: 3 }), check), { numRuns: sampled(30) });
  });

  test("are gone after an error, and stay if a layer assigns them to a variable", async () => {
    const noting = new Noting();
    const layers = [new Triple(), noting, new Triple(), new Failing(), new Activation("relu")];
    const model = new Sequential(layers).build(backend(), { inputShape: [2] });
    const [one, three] = [backend().full([1, 2], 2), backend().full([3, 2], 1)];
    const { tensors } = backend().memory();
    expect(() => model.predict(three)).toThrow("three examples");
    expect(backend().memory().tensors).toBe(tensors);
    model.predict(one).dispose();
    expect(backend().memory().tensors).toBe(tensors);
    expect([...((await noting.noted?.read()) ?? [])]).toEqual([36, 36]);
    for (const tensor of [one, three]) tensor.dispose();
    model.dispose();
  });
});

test.each(BACKEND_KINDS)("A prediction through many layers needs memory for a few tensors, on %s", async (kind) => {
  const backend: Backend = await createBackend({ kind });
  const layers = Array.from({ length: 12 }, () => new Activation("sigmoid"));
  const model = new Sequential(layers).build(backend, { inputShape: [16, 16, 8] });
  const x = backend.zeros([2, 16, 16, 8]);
  const { liveBytes } = backend.memory();
  const y = model.predict(x);
  await y.read();
  expect(backend.memory().peakBytes - liveBytes).toBeLessThanOrEqual(2 * 4 * x.size + 1024);
  expect(backend.memory().liveBytes - liveBytes).toBe(4 * x.size);
  for (const tensor of [x, y]) tensor.dispose();
  model.dispose();
  backend.destroy();
});
