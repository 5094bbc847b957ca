import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Backend,
  BackendLostError,
  BackendMismatchError,
  conv2d,
  conv2dBackwardInput,
  createBackend,
  DisposedError,
  OptionError,
  reshape,
  ShapeError,
  type Tensor,
} from "webgpu-cnn";
import { BACKEND_KINDS, describeOnEachBackend } from "../support/backends.js";
import { ALL_OPERATORS, named, type Operator } from "../support/operators.js";
import { expectRefusal, expectRejection, type Refusal, wrong, zerosOn } from "../support/refusals.js";

/** Calls an operator with `stranger` as one of its tensors. */
function callWith(
  operator: Operator,
  zeros: (...shape: number[]) => Tensor,
  argument: string | undefined,
  stranger: unknown,
): unknown {
  const operand = (name: string) =>
    name === argument ? wrong<Tensor>(stranger) : zeros(...(operator.tensors[name] ?? []));
  return operator.call(operand, operator.options);
}

const ADVICE = "keep it alive until its last use (tidy disposes of all that is not returned)";

describeOnEachBackend("wrong tensors", (backend) => {
  const zeros = zerosOn(backend);

  test.each(named(ALL_OPERATORS))("%s refuses a value that is not a tensor", (name, operator) => {
    for (const argument of Object.keys(operator.tensors)) {
      for (const [stranger, shown] of [
        [undefined, "undefined"],
        [null, "null"],
        [3, "3"],
        [[1, 2], "[1, 2]"],
        [Float32Array.of(1, 2), "Float32Array of 8 bytes"],
        [{ shape: [1, 1, 1, 1] }, "an object"],
        [Promise.resolve(), "a Promise"],
      ] as const) {
        const advice = stranger instanceof Promise ? "await it" : "make one with backend.tensor(…)";
        const message = `${name}: ${argument} must be a Tensor, got ${shown}; ${advice}`;
        expectRefusal(backend(), OptionError, message, () => callWith(operator, zeros, argument, stranger));
      }
    }
  });

  test.each(named(ALL_OPERATORS))("%s refuses a disposed tensor", (name, operator) => {
    for (const [argument, shape] of Object.entries(operator.tensors)) {
      const disposed = backend().zeros(shape);
      disposed.dispose();
      const message = `${name}: ${argument} [${shape.join(", ")}] was disposed of; ${ADVICE}`;
      expectRefusal(backend(), DisposedError, message, () => callWith(operator, zeros, argument, disposed));
    }
  });

  test("conv2d refuses a wrong or disposed bias, and the backward functions ignore it", () => {
    const disposed = backend().zeros([4]);
    disposed.dispose();
    const x = zeros(1, 6, 6, 8);
    const w = zeros(3, 3, 8, 4);
    expectRefusal(
      backend(),
      OptionError,
      "conv2d: bias must be a Tensor, got [0, 0, 0, 0]; make one with backend.tensor(…)",
      () => conv2d(x, w, { bias: wrong([0, 0, 0, 0]) }),
    );
    expectRefusal(
      backend(),
      OptionError,
      "conv2d: bias must be a Tensor, got null; make one with backend.tensor(…)",
      () => conv2d(x, w, { bias: wrong(null) }),
    );
    expectRefusal(backend(), DisposedError, `conv2d: bias [4] was disposed of; ${ADVICE}`, () =>
      conv2d(x, w, { bias: disposed }),
    );
    const dx = conv2dBackwardInput(zeros(1, 4, 4, 4), w, x.shape, { bias: disposed });
    expect(dx.shape).toEqual(x.shape);
  });

  test("a disposed tensor has no values, no reshape and no buffer", async () => {
    const disposed = backend().zeros([2, 3]);
    disposed.dispose();
    expect(disposed.disposed).toBe(true);
    expect(String(disposed)).toContain("disposed");
    const tail = `[2, 3] was disposed of; ${ADVICE}`;
    await expectRejection(backend(), DisposedError, `read: tensor ${tail}`, () => disposed.read());
    expectRefusal(backend(), DisposedError, `reshape: x ${tail}`, () => reshape(disposed, [6]));
    expectRefusal(backend(), DisposedError, `gpuBuffer: tensor ${tail}`, () => disposed.gpuBuffer);
    const before = backend().memory();
    disposed.dispose();
    expect(backend().memory()).toEqual(before);
  });

  test("reshape refuses a value that is not a tensor", () => {
    const message = "reshape: x must be a Tensor, got [1, 2]; make one with backend.tensor(…)";
    expectRefusal(backend(), OptionError, message, () => reshape(wrong([1, 2]), [2]));
  });
});

describe("tensors of two backends are not mixed", () => {
  let cpu: Backend;
  let gpu: Backend;
  beforeAll(async () => {
    [cpu, gpu] = await Promise.all([createBackend({ kind: "cpu" }), createBackend({ kind: "webgpu" })]);
  });
  afterAll(() => {
    cpu.destroy();
    gpu.destroy();
  });

  const severalTensors = ALL_OPERATORS.filter(({ tensors }) => Object.keys(tensors).length > 1);
  test.each(named(severalTensors))("%s", (name, operator) => {
    const zeros = zerosOn(() => gpu);
    const [first = "", ...others] = Object.keys(operator.tensors);
    for (const argument of others) {
      const stranger = cpu.zeros(operator.tensors[argument] ?? []);
      const message = `${name}: ${argument} is on another backend (cpu) than ${first} (webgpu); bring it over with backend.tensor(await ${argument}.read(), ${argument}.shape)`;
      expectRefusal(gpu, BackendMismatchError, message, () => callWith(operator, zeros, argument, stranger));
    }
  });

  test("two backends of the same kind are not mixed either", async () => {
    const other = await createBackend({ kind: "cpu" });
    const bias = other.zeros([1]);
    const message =
      "conv2d: bias is on another backend (cpu) than x (cpu); bring it over with backend.tensor(await bias.read(), bias.shape)";
    const zeros = zerosOn(() => cpu);
    expectRefusal(cpu, BackendMismatchError, message, () => conv2d(zeros(1, 2, 2, 1), zeros(1, 1, 1, 1), { bias }));
    other.destroy();
  });
});

describe.each(BACKEND_KINDS)("after destroy() on %s", (kind) => {
  const LOST = /(lost|destroyed).*; make a new one with createBackend\(\)$/;
  let backend: Backend;
  const zeros = zerosOn(() => backend);
  beforeAll(async () => {
    backend = await createBackend({ kind });
    for (const { tensors } of ALL_OPERATORS) for (const shape of Object.values(tensors)) zeros(...shape);
    backend.destroy();
  });

  test.each(named(ALL_OPERATORS))("%s", (_name, operator) => {
    expectRefusal(backend, BackendLostError, LOST, () => callWith(operator, zeros, undefined, undefined));
  });

  test.each<Refusal>([
    ["tensor", () => backend.tensor([1, 2])],
    ["zeros", () => backend.zeros([2])],
    ["full", () => backend.full([2], 1)],
    ["flush", () => backend.flush()],
    ["reshape", () => reshape(zeros(1, 6, 6, 8), [288])],
    ["gpuBuffer", () => zeros(1, 6, 6, 8).gpuBuffer],
  ])("%s", (_name, call) => expectRefusal(backend, BackendLostError, LOST, call));

  test("read, settled and warmUp", async () => {
    await expectRejection(backend, BackendLostError, LOST, () => zeros(1, 6, 6, 8).read());
    await expectRejection(backend, BackendLostError, LOST, () => backend.settled());
    await expectRejection(backend, BackendLostError, LOST, () => backend.warmUp(() => {}));
  });

  test("a second destroy and dispose change nothing, and lost gives the reason", async () => {
    backend.destroy();
    const { tensors, liveBytes } = backend.memory();
    const tensor = zeros(3, 3, 4, 16);
    tensor.dispose();
    tensor.dispose();
    expect(backend.memory()).toMatchObject({ tensors: tensors - 1, liveBytes: liveBytes - 4 * tensor.size });
    expect(await backend.lost).toMatchObject({ reason: "destroyed" });
  });
});

describeOnEachBackend("wrong data for a tensor is refused", (backend) => {
  const wrongShapes: readonly Refusal[] = [
    ["tensor: data has 3 values (as [3]), expected 4 for shape [2, 2]", () => backend().tensor([1, 2, 3], [2, 2])],
    ["tensor: data has 5 values (as [5]), expected 4 for shape [4]", () => backend().tensor(new Float32Array(5), [4])],
    [
      "tensor: data has 4 values (as [2, 2]), expected 4 for shape [4]",
      () =>
        backend().tensor(
          [
            [1, 2],
            [3, 4],
          ],
          [4],
        ),
    ],
    ["tensor: data has 2 values (as [2]), expected 1 for shape []", () => backend().tensor([1, 2], [])],
    ["tensor: data has the extent 0, expected positive integers only (data [0])", () => backend().tensor([])],
    ["tensor: data has the extent 0, expected positive integers only (data [2, 0])", () => backend().tensor([[], []])],
    [
      "tensor: data has the extent 0, expected positive integers only (data [0])",
      () => backend().tensor(new Float32Array()),
    ],
    ["tensor: data is ragged: at depth 1 expected 2 entries, got [3]", () => backend().tensor([[1, 2], [3]])],
    ["tensor: data is ragged: at depth 1 expected 1 entries, got 2", () => backend().tensor([[1], 2])],
    ["tensor: data is ragged: got [2] among numbers", () => backend().tensor([1, [2]])],
    [
      "tensor: data is ragged: at depth 2 expected 1 entries, got [3, 4]",
      () =>
        backend().tensor([
          [[1], [2]],
          [[3, 4], [5]],
        ]),
    ],
    ["tensor: shape has the extent 0, expected positive integers only (shape [0])", () => backend().tensor([], [0])],
    [
      "tensor: shape has the extent 1.5, expected positive integers only (shape [2, 1.5])",
      () => backend().tensor([1, 2, 3], [2, 1.5]),
    ],
    [
      "tensor: shape must be an array of extents such as [1, 28, 28, 1], got 2",
      () => backend().tensor([1, 2], wrong(2)),
    ],
    ["zeros: shape has the extent -1, expected positive integers only (shape [2, -1])", () => backend().zeros([2, -1])],
    [
      "zeros: shape has the extent NaN, expected positive integers only (shape [NaN])",
      () => backend().zeros([Number.NaN]),
    ],
    [
      "zeros: shape must be an array of extents such as [1, 28, 28, 1], got undefined",
      () => backend().zeros(wrong(undefined)),
    ],
    [
      'full: shape has the extent "2", expected positive integers only (shape ["2"])',
      () => backend().full(wrong(["2"]), 1),
    ],
  ];
  test.each(wrongShapes)("%s", (message, call) => expectRefusal(backend(), ShapeError, message, call));

  const noNumbers: readonly Refusal[] = [
    ['tensor: data must be numbers, got "2"', () => backend().tensor(wrong([1, "2"]))],
    ["tensor: data must be numbers, got null", () => backend().tensor(wrong([[1], [null]]))],
    ["tensor: data must be numbers, got 2n", () => backend().tensor(wrong([1, 2n]))],
    ["tensor: data must be numbers, got undefined", () => backend().tensor(wrong(new Array(3)))],
    [
      'tensor: data must be numbers, nested arrays or a typed array, got "1 2 3"',
      () => backend().tensor(wrong("1 2 3"), [3]),
    ],
    [
      "tensor: data must be numbers, nested arrays or a typed array, got undefined",
      () => backend().tensor(wrong(undefined), [3]),
    ],
    [
      "tensor: data must be numbers, nested arrays or a typed array, got DataView of 8 bytes",
      () => backend().tensor(wrong(new DataView(new ArrayBuffer(8)))),
    ],
    [
      "tensor: data must be numbers, nested arrays or a typed array, got an ArrayBuffer",
      () => backend().tensor(wrong(new ArrayBuffer(8))),
    ],
    ["full: value must be a number, got undefined", () => backend().full([2], wrong(undefined))],
    ['full: value must be a number, got "0"', () => backend().full([2], wrong("0"))],
  ];
  test.each(noNumbers)("%s", (message, call) => expectRefusal(backend(), OptionError, message, call));

  test("a message quotes at most one line of data", () => {
    const rows = [new Array<number>(10_000).fill(1), new Array<number>(9_999).fill(1)];
    const long = (call: () => unknown) =>
      expectRefusal(backend(), ShapeError, /^tensor: data is ragged: .{1,500}$/, call);
    long(() => backend().tensor(rows));
    const text = "1 ".repeat(10_000);
    expectRefusal(backend(), OptionError, /^tensor: data must be numbers.{1,500}$/, () =>
      backend().tensor(wrong(text)),
    );
  });

  test("data that contains itself is refused at once", () => {
    const circle: unknown[] = [1];
    circle.push(circle);
    expectRefusal(backend(), ShapeError, /^tensor: data is ragged/, () => backend().tensor(wrong(circle)));
  });
});
