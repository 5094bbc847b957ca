import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as library from "webgpu-cnn";
import { type Backend, createBackend, mul, OptionError, type Tensor, WebGPUCNNError } from "webgpu-cnn";
import * as io from "webgpu-cnn/io";
import * as stepByStep from "webgpu-cnn/step-by-step";
import { BACKEND_KINDS } from "../support/backends.js";
import { ALL_OPERATORS } from "../support/operators.js";
import { expectRefusal, wrong } from "../support/refusals.js";
import { sampled } from "../support/sampling.js";

/** Values that are wrong for nearly every argument. */
const GARBAGE: readonly unknown[] = [
  undefined,
  null,
  -1.5,
  Symbol("s"),
  {},
  ["x", null],
  true,
  7,
  Number.NaN,
  3n,
  "text",
  [],
  new Map(),
  new Date(0),
  Object.create(null),
  Promise.resolve(),
  () => 1,
  new Float32Array(3),
];

type Call = (...given: readonly unknown[]) => unknown;

/** A function or a method, its name and parameters in messages, and valid arguments. */
interface Callee {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly call: Call;
  /** The valid arguments that are known. */
  readonly valid: readonly unknown[];
}

describe.each(BACKEND_KINDS)("wrong arguments on %s", (kind) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend({ kind });
  });
  afterAll(() => backend.destroy());

  /** Makes each argument wrong in turn. Calls with and without the arguments that follow it. */
  async function misuse({ name, parameters, call, valid }: Callee): Promise<void> {
    for (let position = 0; position <= Math.min(valid.length, parameters.length - 1); position++) {
      const following = valid.slice(position + 1);
      for (const garbage of garbageFor(name)) {
        const given = [...valid.slice(0, position), garbage];
        await expectOwnError(name, parameters.slice(position), () => call(...given, ...following), garbage);
        if (following.length > 0) await expectOwnError(name, parameters.slice(position), () => call(...given), garbage);
      }
    }
  }

  /**
   * Checks that the call succeeds, or throws an error that names the function and an argument and leaves no tensor behind.
   *
   * @param parameters the wrong one and those that follow, which may be missing. The options come last. An error in
   * the options names one of them
   */
  async function expectOwnError(
    name: string,
    parameters: readonly string[],
    call: () => unknown,
    garbage: unknown,
  ): Promise<void> {
    const before = backend.memory();
    let result: unknown;
    try {
      result = await call();
    } catch (error) {
      const inOptions = parameters[0] === "options" || parameters[0] === "hparameters";
      const words = parameters.flatMap((parameter) => [parameter, ...(ALSO_NAMED[parameter] ?? [])]);
      const isRight =
        error instanceof WebGPUCNNError &&
        error.message.startsWith(`${name}: `) &&
        (inOptions || words.some((word) => error.message.includes(word)));
      if (!isRight) expect.fail(`${name}, ${parameters} from ${typeof garbage}: ${error}`);
      const { tensors, liveBytes } = backend.memory();
      if (tensors !== before.tensors || liveBytes !== before.liveBytes) expect(backend.memory()).toEqual(before);
      return;
    }
    disposeOf(result, new Set(zerosByShape.get(backend)?.values()));
    if (backend.memory().tensors !== before.tensors) expect(backend.memory()).toEqual(before);
  }

  const operators = ALL_OPERATORS.map(({ name }) => name);
  const others = [...Object.entries(library), ...Object.entries(stepByStep), ...Object.entries(io)]
    .filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name))
    .map(([name]) => name)
    // Another file tests createBackend, because its valid calls open a backend.
    .filter((name) => !operators.includes(name) && name !== "createBackend");

  test.each([...operators, ...others])("%s", async (name) => {
    await misuse(functionOf(backend, name));
  });

  test.each(operators)("%s refuses an unknown option", (name) => {
    const { parameters, call, valid } = functionOf(backend, name);
    const operands = valid.slice(0, parameters.indexOf("options"));
    expect(parameters.at(-1)).toBe("options");
    // Its other arguments are not known here.
    if (operands.length < parameters.length - 1) return;
    const message = new RegExp(`^${name}: unknown option fhqwhgads; (known are \\w+|it takes none$)`);
    expectRefusal(backend, OptionError, message, () => call(...operands, { fhqwhgads: 1 }));
  });

  test.each(["tensor", "zeros", "full", "fromGPUBuffer", "variable", "record", "tidy"])("backend.%s", async (name) => {
    const parameters = METHODS[name] ?? [];
    await misuse(methodOf(backend, name, parameters, validFor(backend, name)));
  });
  test.each(["warmUp", "explain", "profile", "autotune"])("backend.%s", async (name) => {
    await misuse(methodOf(backend, name, [name === "warmUp" || name === "explain" ? "trace" : "work"], []));
  });

  test.each<readonly [name: string, parameter: string, call: (garbage: unknown) => unknown]>([
    ["encodeSafetensors", "tensors", (w) => io.encodeSafetensors({ tensors: { w: wrong(w) } })],
    [
      "encodeSafetensors",
      "tensors",
      (shape) => io.encodeSafetensors({ tensors: { w: wrong({ shape, data: new Int8Array(3) }) } }),
    ],
    ["encodeSafetensors", "tensors", (data) => io.encodeSafetensors({ tensors: { w: wrong({ shape: [3], data }) } })],
    ["encodeSafetensors", "tensors", (tensors) => io.encodeSafetensors({ tensors: wrong(tensors) })],
    ["encodeSafetensors", "metadata", (metadata) => io.encodeSafetensors({ tensors: {}, metadata: wrong(metadata) })],
    ["encodeSafetensors", "metadata", (value) => io.encodeSafetensors({ tensors: {}, metadata: { k: wrong(value) } })],
    ["writeNpy", "array", (shape) => io.writeNpy(wrong({ shape, data: new Int8Array(3) }))],
    ["writeNpy", "array", (data) => io.writeNpy(wrong({ shape: [3], data }))],
    [
      "batches",
      "images",
      (images) => io.batches(wrong({ images, shape: [1], labels: new Uint8Array(1) }), { batchSize: 1 }),
    ],
    [
      "imageToTensor",
      "source",
      (width) => io.imageToTensor(backend, wrong({ width, height: 1, data: new Uint8Array(4) })),
    ],
    ["imageToTensor", "source", (data) => io.imageToTensor(backend, wrong({ width: 1, height: 1, data }))],
    ["concat", "inputs", (x) => library.concat([sharedZeros(backend, [1]), wrong(x)], 0)],
    ["concatBackward", "shapes", (shape) => library.concatBackward([[1], wrong(shape)], sharedZeros(backend, [2]), 0)],
    [
      "conv2d",
      "bias",
      (bias) =>
        library.conv2d(sharedZeros(backend, [1, 1, 1, 1]), sharedZeros(backend, [1, 1, 1, 1]), { bias: wrong(bias) }),
    ],
    [
      "valueAndGradients",
      "parameters",
      (x) => Reflect.apply(library.valueAndGradients, undefined, [() => sharedZeros(backend, []), { x }]),
    ],
    [
      "valueAndGradients",
      "",
      (value) => Reflect.apply(library.valueAndGradients, undefined, [() => value, { x: sharedZeros(backend, [1]) }]),
    ],
    ["record", "exampleInputs", (x) => Reflect.apply(backend.record, backend, [() => ({}), { x }])],
    ["record", "", (returned) => Reflect.apply(backend.record, backend, [() => returned, {}])],
    ["record", "output", (y) => Reflect.apply(backend.record, backend, [() => ({ y }), {}])],
    [
      "convBackward",
      "",
      (cache) => stepByStep.convBackward(sharedZeros(backend, [1]), wrong([cache, cache, cache, cache])),
    ],
  ])("%s refuses a wrong value inside its argument %s", async (name, parameter, call) => {
    // The first call makes its operands.
    await Promise.resolve(true)
      .then(() => call(true))
      .catch(() => {});
    for (const garbage of GARBAGE) await expectOwnError(name, [parameter], () => call(garbage), garbage);
  });

  test("step.run and step.runInTurns", async () => {
    const x = backend.zeros([2]);
    const step = backend.record(({ x }) => ({ y: mul(x, x) }), { x });
    step.run({ x }).y.dispose();
    for (const method of ["run", "runInTurns"]) {
      const call = methodOf(step, method, ["inputs"], []).call;
      await misuse({ name: "run", parameters: ["input"], call, valid: [] });
      for (const garbage of GARBAGE.filter((value) => value !== undefined)) {
        await expectOwnError("run", ["x"], () => call({ x: garbage }), garbage);
      }
    }
    step.dispose();
    x.dispose();
  });

  test("variable.assign and variable.write", async () => {
    const variable = backend.variable([1, 2]);
    await misuse(methodOf(variable, "assign", ["tensor"], []));
    await misuse(methodOf(variable, "write", ["data"], []));
    expect([...(await variable.read())]).toEqual([1, 2]);
    variable.dispose();
  });
});

/** Other words for a parameter in messages. */
const ALSO_NAMED: Readonly<Record<string, readonly string[]>> = {
  fn: ["the function"],
  work: ["the function"],
  cache: ["APrev"],
};

/** The parameters of the methods of a backend with more than one parameter. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  tensor: ["data", "shape"],
  zeros: ["shape"],
  full: ["shape", "value"],
  // On the CPU the message is about the backend.
  fromGPUBuffer: [""],
  // A value that is not a tensor is data.
  variable: ["", "shape"],
  record: ["work", "exampleInputs"],
  tidy: ["work"],
};

function validFor(backend: Backend, method: string): readonly unknown[] {
  if (method === "tensor" || method === "variable") return [[1, 2]];
  if (method === "full") return [[2]];
  if (method === "record") return [() => ({ y: backend.zeros([1]) })];
  return [];
}

function methodOf(owner: object, name: string, parameters: readonly string[], valid: readonly unknown[]): Callee {
  const method: unknown = Reflect.get(owner, name);
  if (typeof method !== "function") throw new Error(`there is no method ${name}`);
  return { name, parameters, call: (...given) => Reflect.apply(method, owner, given), valid };
}

function functionOf(backend: Backend, name: string): Callee {
  const found: unknown = Reflect.get({ ...library, ...io, ...stepByStep }, name);
  if (typeof found !== "function") throw new Error(`there is no function ${name}`);
  const call: Call = (...given) => Reflect.apply(found, undefined, given);
  // The options of `explain` are those of the given operator.
  const parameters = parametersOf(found).slice(0, name === "explain" ? 3 : undefined);
  const operator = ALL_OPERATORS.find((known) => known.name === name);
  const others: Readonly<Record<string, unknown>> = { ...OTHER_ARGUMENTS, ...argumentsOf(backend, name) };
  const valid: unknown[] = [];
  for (const parameter of parameters) {
    const shape = operator?.tensors[parameter];
    if (shape) valid.push(sharedZeros(backend, shape));
    else if (parameter === "options" && operator) valid.push(operator.options);
    else if (parameter in others) valid.push(others[parameter]);
    else break;
  }
  return { name, parameters, call, valid };
}

/** The arguments of operators that are not tensors, for the tensors of `ALL_OPERATORS`. */
const OTHER_ARGUMENTS = {
  inputShape: [1, 6, 6, 8],
  filterShape: [3, 3, 4, 16],
  aShape: [1, 6, 6, 8],
  bShape: [8],
  starts: [0, 1, 1, 0],
  sizes: [1, 4, 4, 8],
  axis: 3,
  clipNorm: 1,
  // Optional.
  velocity: undefined,
  m: undefined,
};

/** Valid arguments of the other functions, by parameter. */
function argumentsOf(backend: Backend, name: string): Readonly<Record<string, unknown>> {
  const zeros = (...shape: number[]) => sharedZeros(backend, shape);
  const image = zeros(1, 4, 4, 2);
  const all: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    concat: { inputs: [zeros(1, 6, 6, 8), zeros(1, 6, 6, 8)] },
    concatBackward: {
      shapes: [
        [1, 6, 6, 3],
        [1, 6, 6, 5],
      ],
    },
    reshape: { x: image, shape: [32] },
    valueAndGradients: { fn: (given: { x: Tensor }) => mul(given.x, given.x), parameters: { x: zeros(1) } },
    explain: { backend, operator: "transpose", shapes: { x: [2, 3] } },
    zeroPad: { X: image, pad: 1 },
    convSingleStep: { aSlicePrev: zeros(2, 2, 1), W: zeros(2, 2, 1), b: zeros(1, 1, 1) },
    convForward: { APrev: image, W: zeros(2, 2, 2, 3), b: zeros(1, 1, 1, 3), hparameters: { stride: 1, pad: 0 } },
    poolForward: { APrev: image, hparameters: { f: 2, stride: 2 } },
    convBackward: { dZ: zeros(1, 3, 3, 3) },
    poolBackward: { dA: zeros(1, 2, 2, 2), cache: [image, { f: 2, stride: 2 }] },
    distributeValue: { dz: zeros() },
    imageToTensor: { backend, source: { width: 1, height: 1, data: new Uint8Array(4) } },
    batches: { dataset: { images: new Float32Array(4), shape: [2, 2], labels: new Float32Array(2) } },
    encodeSafetensors: { file: { tensors: {} } },
  };
  return all[name] ?? {};
}

/** Every text is a valid path. Node reports that there is no such file. */
function garbageFor(name: string): readonly unknown[] {
  const wanted = GARBAGE.slice(0, sampled(GARBAGE.length));
  return name === "loadCheckpoint" ? wanted.filter((value) => typeof value !== "string") : wanted;
}

const zerosByShape = new WeakMap<Backend, Map<string, Tensor>>();

function sharedZeros(backend: Backend, shape: readonly number[]): Tensor {
  const made = zerosByShape.get(backend) ?? new Map<string, Tensor>();
  zerosByShape.set(backend, made);
  const tensor = made.get(shape.join()) ?? backend.zeros(shape);
  made.set(shape.join(), tensor);
  return tensor;
}

/** The names of a function's parameters, from its source, including those with a default value. */
function parametersOf(callee: object): string[] {
  const source = String(callee);
  let depth = 0;
  let text = "";
  for (const character of source.slice(source.indexOf("(") + 1)) {
    if (depth === 0 && character === ")") break;
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    text += depth === 0 && character === "," ? "\n" : character;
  }
  return text.split("\n").flatMap((parameter) => /^\s*(\w+)/.exec(parameter)?.[1] ?? []);
}

/** Disposes of the tensors, variables and steps in a result, except the operands of the call. */
function disposeOf(result: unknown, operands: ReadonlySet<unknown>): void {
  if (typeof result !== "object" || result === null || ArrayBuffer.isView(result) || operands.has(result)) return;
  if ("dispose" in result && typeof result.dispose === "function") result.dispose();
  else for (const member of Object.values(result)) disposeOf(member, operands);
}
