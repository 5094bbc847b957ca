import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Backend,
  conv2d,
  conv2dBackward,
  conv2dBackwardFilter,
  createBackend,
  explain,
  maxPool2d,
  maxPool2dBackward,
  OptionError,
  type Tensor,
} from "webgpu-cnn";
import { describeOnEachBackend } from "../support/backends.js";
import { breaking, requestDevice } from "../support/device.js";
import { randomOperand } from "../support/random.js";

const X_SHAPE = [2, 14, 14, 16];
const W_SHAPE = [3, 3, 16, 32];

function operands(backend: Backend): { x: Tensor; w: Tensor } {
  return {
    x: backend.tensor(randomOperand(X_SHAPE, 1).data, X_SHAPE),
    w: backend.tensor(randomOperand(W_SHAPE, 2).data, W_SHAPE),
  };
}

describeOnEachBackend("explain", (backend) => {
  test("names each operator that is called and computes nothing", () => {
    const before = backend().memory();
    const explanation = backend().explain(() => {
      const x = backend().zeros(X_SHAPE);
      const y = conv2d(x, backend().zeros(W_SHAPE), { padding: 1 });
      conv2d(x, backend().zeros(W_SHAPE), { padding: 1 });
      return maxPool2d(y, { windowDimensions: 2 });
    });
    expect(explanation.operators.map(({ operator }) => operator)).toEqual(["conv2d", "conv2d", "maxPool2d"]);
    const { tensors, liveBytes } = backend().memory();
    expect({ tensors, liveBytes }).toEqual({ tensors: before.tensors, liveBytes: before.liveBytes });
    const lines = String(explanation).split("\n");
    const places = lines.map((line) => (/: on (\w+); /.exec(line) ?? ["", "webgpu"])[1]);
    expect(places).toEqual(lines.map(() => backend().kind));
  });

  test.each(["explain", "profile", "autotune"] as const)(
    "%s rethrows an error of its work and refuses a promise",
    async (method) => {
      const call = async (work: () => unknown) => backend()[method](work);
      await expect(
        call(() => {
          throw new RangeError("mine");
        }),
      ).rejects.toThrow(new RangeError("mine"));
      await expect(call(async () => {})).rejects.toThrow(OptionError);
      // The backend is unchanged.
      const { x, w } = operands(backend());
      const y = conv2d(x, w);
      expect((await y.read()).some((value) => value !== 0)).toBe(true);
      for (const tensor of [x, w, y]) tensor.dispose();
    },
  );
});

describeOnEachBackend("profile", (backend) => {
  test("gives the time of each operator and leaves no memory behind", async () => {
    const { x, w } = operands(backend());
    const { tensors } = backend().memory();
    const profile = await backend().profile(() => {
      const y = conv2d(x, w, { padding: 1 });
      maxPool2dBackward(y, y.backend.full([2, 7, 7, 32], 1), { windowDimensions: 2 });
      return conv2d(x, w, { padding: 1 });
    });
    expect(backend().memory().tensors).toBe(tensors);
    const convolution = profile.kernels.find(({ operator }) => operator === "conv2d");
    expect(convolution?.dispatches).toBe(2);
    expect(profile.milliseconds).toBeGreaterThan(0);
    for (const { milliseconds } of profile.kernels) expect(milliseconds ?? 0).toBeLessThanOrEqual(profile.milliseconds);
    expect(String(profile)).toContain("conv2d");
    x.dispose();
    w.dispose();
  });
});

describe("on WebGPU", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend({ kind: "webgpu" });
  });
  afterAll(async () => {
    await backend.settled();
    backend.destroy();
  });

  test("explain gives kernels, invocations, operations and workspace", () => {
    const { operators } = backend.explain(() => {
      const [x, w, dy] = [backend.zeros(X_SHAPE), backend.zeros(W_SHAPE), backend.zeros([2, 14, 14, 32])];
      conv2dBackward(x, w, dy, { padding: 1 });
      conv2d(x, w, { padding: 1, algorithm: "direct" });
    });
    expect(operators.map(({ operator }) => operator)).toEqual([
      "conv2dBackwardInput",
      // db with it.
      "conv2dBackwardFilter",
      "conv2d",
    ]);
    const [, dw, direct] = operators;
    expect(dw?.dispatches.at(-1)?.kernel).toBe("shaders/kit/sum.wgsl");
    const sliced = backend.explain(() =>
      conv2dBackwardFilter(backend.zeros(X_SHAPE), backend.zeros([2, 14, 14, 32]), W_SHAPE, {
        padding: 1,
        algorithm: "implicitGemm",
      }),
    );
    expect(sliced.operators[0]?.workspaceBytes).toBeGreaterThan(0);
    expect(direct?.dispatches[0]?.kernel).toBe("shaders/conv/conv2d/direct.wgsl");
    expect(direct?.dispatches[0]?.operations).toBe(2 * 2 * 14 * 14 * 32 * 9 * 16);
    expect(direct?.workspaceBytes).toBe(0);
    for (const { dispatches } of operators)
      for (const { invocations } of dispatches) expect(invocations).toBeGreaterThan(0);
  });

  test("explain takes the name of an operator with shapes and options", () => {
    const explanation = explain(backend, "conv2d", { x: X_SHAPE, w: W_SHAPE }, { padding: 1, algorithm: "direct" });
    expect(explanation.operators).toEqual(
      backend.explain(() => conv2d(backend.zeros(X_SHAPE), backend.zeros(W_SHAPE), { padding: 1, algorithm: "direct" }))
        .operators,
    );
    expect(String(explanation)).toMatch(
      /^conv2d: conv2d\/direct \(TILE_Q \d, TILE_K \d\): [\d,]+ invocations, 3,612,672 operations; 0 bytes of workspace$/,
    );
    expect(() => explain(backend, "conv2d", { x: X_SHAPE }, {})).toThrow(
      "explain: shapes.w is missing; conv2d needs it",
    );
    const gradient = explain(
      backend,
      "averagePool2dBackward",
      { inputShape: [1, 4, 4, 1], dy: [1, 2, 2, 1] },
      { windowDimensions: 2 },
    );
    expect(gradient.operators[0]?.dispatches[0]?.kernel).toBe("shaders/pool/averagePool2dBackward.wgsl");
  });

  test("profile gives operations and bytes by kernel, and times if the device has a clock", async () => {
    const { x, w } = operands(backend);
    const profile = await backend.profile(() =>
      conv2dBackwardFilter(x, backend.full([2, 14, 14, 32], 1), W_SHAPE, { padding: 1, algorithm: "implicitGemm" }),
    );
    const [partial, sum] = profile.kernels;
    expect(partial?.kernel).toMatch(/^shaders\/conv\/conv2dBackwardFilter\//);
    expect(partial?.operations).toBeCloseTo(2 * 2 * 14 * 14 * 32 * 9 * 16);
    expect(partial?.bytes).toBeGreaterThanOrEqual(4 * (2 * 14 * 14 * (16 + 32)));
    expect(sum?.kernel).toBe("shaders/kit/sumSlices.wgsl");
    for (const { milliseconds } of profile.kernels) expect(milliseconds ?? 1).toBeGreaterThanOrEqual(0);
    x.dispose();
    w.dispose();
  });

  test("autotune gives plain JSON, and another backend computes the same values with it", async () => {
    const { x, w } = operands(backend);
    const tuning = await backend.autotune(() => conv2d(x, w, { padding: 1 }));
    const keys = Object.keys(tuning.choices);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/^conv2d 2x14x14x16 3x3x16x32 /);
    expect(JSON.parse(JSON.stringify(tuning))).toEqual(tuning);
    const chosen = backend.explain(() => conv2d(x, w, { padding: 1 })).operators[0]?.dispatches[0]?.kernel;
    expect(chosen).toBe(`shaders/conv/conv2d/${Object.values(tuning.choices)[0]}.wgsl`);

    const forced = { ...tuning, choices: { ...tuning.choices, [String(keys[0])]: "direct" } };
    const other = await createBackend({ kind: "webgpu", tuning: forced });
    const foreign = await createBackend({
      kind: "webgpu",
      tuning: { ...forced, adapter: { ...forced.adapter, vendor: "another" } },
    });
    const kernelOf = (on: Backend) =>
      on.explain(() => conv2d(on.zeros(X_SHAPE), on.zeros(W_SHAPE), { padding: 1 })).operators[0]?.dispatches[0]
        ?.kernel;
    expect(kernelOf(other)).toBe("shaders/conv/conv2d/direct.wgsl");
    expect(kernelOf(foreign)).not.toBe("shaders/conv/conv2d/direct.wgsl");
    other.destroy();
    foreign.destroy();
    x.dispose();
    w.dispose();
  });

  test("autotune leaves out a kernel that does not compile", async () => {
    const whole = await requestDevice();
    const backend = await createBackend({ device: breaking(whole, "shaders/conv/conv2d/direct.wgsl") });
    const { x, w } = operands(backend);
    const tuning = await backend.autotune(() => conv2d(x, w, { padding: 1 }));
    expect(Object.values(tuning.choices)).toHaveLength(1);
    expect(Object.values(tuning.choices)).not.toContain("direct");
    backend.destroy();
    whole.destroy();
  });

  test.each([
    ["that is not an object", 3],
    ["of another version", { version: 2, adapter: {}, choices: {} }],
    ["with choices that are not names", { version: 1, adapter: { vendor: "" }, choices: { a: 1 } }],
  ])("a tuning %s is refused", async (_, tuning) => {
    const options = JSON.parse(JSON.stringify({ tuning }));
    await expect(createBackend(options)).rejects.toThrow(
      /^createBackend: tuning is .*, expected what backend\.autotune\(\) gave/,
    );
  });
});
