import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend, type Tensor } from "webgpu-cnn";
import {
  convBackward,
  convForward,
  convSingleStep,
  createMaskFromWindow,
  distributeValue,
  poolBackward,
  poolForward,
  zeroPad,
} from "webgpu-cnn/step-by-step";
import { BACKEND_KINDS } from "../support/backends.js";
import { multiIndex } from "../support/expectWithinBound.js";
import { at, sizeOf } from "../support/float64/operand.js";
import courseCases from "./course.json";

/** Float32 against the course's float64: the allowed error of an element, given its tensor's largest magnitude. Masks are exact. */
function tolerance(name: string, values: Iterable<number>): number {
  if (name === "mask") return 0;
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return 2e-5 * largest;
}

interface NamedValues {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** One case of course.json: the assignment's inputs, the numbers that its notebooks print, and its whole output in float64. */
interface CourseCase {
  readonly name: string;
  readonly op: string;
  readonly params: {
    readonly pad?: number | undefined;
    readonly stride?: number | undefined;
    readonly f?: number | undefined;
    readonly mode?: string | undefined;
    readonly shape?: readonly number[] | undefined;
  };
  readonly inputs: readonly NamedValues[];
  readonly published: readonly Published[];
  readonly expected: readonly NamedValues[];
}

/** One number, or several in row-major order, that a notebook prints from the tensor `of`. A slice starts at `index`. */
interface Published {
  readonly what: string;
  readonly of: string;
  readonly index: readonly number[];
  readonly value: readonly number[];
  readonly tol: number;
}

const cases: readonly CourseCase[] = courseCases;

describe.each(BACKEND_KINDS)("the course's numbers on %s", (kind) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend({ kind });
  });
  afterAll(() => backend.destroy());

  test.each(cases)("$name", async (course) => {
    const tensors = new Map(course.inputs.map(({ name, data, shape }) => [name, backend.tensor([...data], shape)]));
    for (const [name, output] of Object.entries(run(course, (input) => found(tensors.get(input), input)))) {
      tensors.set(name, output);
    }

    for (const { name, shape, data } of course.expected) {
      const actual = found(tensors.get(name), name);
      expect(actual.shape, `shape of ${name}`).toEqual(shape);
      expectClose(name, await actual.read(), data, shape, tolerance(name, data));
    }
    for (const published of course.published) {
      await expectPublished(published, found(tensors.get(published.of), published.of));
    }
  });
});

/** Runs the case's function and names its outputs as the course does. */
function run({ op, params }: CourseCase, input: (name: string) => Tensor): Record<string, Tensor> {
  const param = (name: "pad" | "stride" | "f") => found(params[name], name);
  switch (op) {
    case "zero_pad":
      return { X_pad: zeroPad(input("X"), param("pad")) };
    case "conv_single_step":
      return { Z: convSingleStep(input("a_slice_prev"), input("W"), input("b")) };
    case "conv_forward": {
      const hparameters = { stride: param("stride"), pad: param("pad") };
      const [Z] = convForward(input("A_prev"), input("W"), input("b"), hparameters);
      return { Z };
    }
    case "conv_backward": {
      const hparameters = { stride: param("stride"), pad: param("pad") };
      const [, cache] = convForward(input("A_prev"), input("W"), input("b"), hparameters);
      const [dAPrev, dW, db] = convBackward(input("dZ"), cache);
      return { dA_prev: dAPrev, dW, db };
    }
    case "pool_forward": {
      const [A] = poolForward(input("A_prev"), { f: param("f"), stride: param("stride") }, poolMode(params.mode));
      return { A };
    }
    case "pool_backward": {
      const mode = poolMode(params.mode);
      const [, cache] = poolForward(input("A_prev"), { f: param("f"), stride: param("stride") }, mode);
      return { dA_prev: poolBackward(input("dA"), cache, mode) };
    }
    case "create_mask_from_window":
      return { mask: createMaskFromWindow(input("x")) };
    case "distribute_value": {
      const [height, width] = found(params.shape, "shape");
      return { a: distributeValue(input("dz"), [found(height, "shape[0]"), found(width, "shape[1]")]) };
    }
    default:
      throw new Error(`course.json: unknown function ${op}`);
  }
}

/** Compares with the numbers that a notebook prints, within its printed precision and that of float32. */
async function expectPublished(published: Published, tensor: Tensor): Promise<void> {
  const { what, of, index, value, tol } = published;
  const data = await tensor.read();
  const sum = data.reduce((total, element) => total + element, 0);
  const allowed = tol + tolerance(of, data);
  switch (what) {
    case "shape":
      expect(tensor.shape, `shape of ${of}`).toEqual(value);
      break;
    case "full":
      expectClose(of, data, value, tensor.shape, allowed);
      break;
    case "slice": {
      const shape = tensor.shape.slice(index.length);
      const offset = index.reduce((start, i, axis) => start + i * sizeOf(tensor.shape.slice(axis + 1)), 0);
      expectClose(`${of}[${index.join(", ")}]`, data.subarray(offset, offset + sizeOf(shape)), value, shape, allowed);
      break;
    }
    case "mean":
      expectClose(`mean of ${of}`, [sum / data.length], value, [], allowed);
      break;
    case "sum":
      expectClose(`sum of ${of}`, [sum], value, [], tol + tolerance(of, data) * data.length);
      break;
    default:
      throw new Error(`course.json: unknown kind of number ${what}`);
  }
}

function expectClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  shape: readonly number[],
  allowed: number,
): void {
  expect(actual.length, `number of values of ${what}`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs(at(actual, i) - at(expected, i)) <= allowed) continue;
    const position = multiIndex(i, shape).join(", ");
    expect.fail(`${what}[${position}]: got ${at(actual, i)}, expected ${at(expected, i)} ± ${allowed}`);
  }
}

function poolMode(mode: string | undefined): "max" | "average" {
  if (mode === "max" || mode === "average") return mode;
  throw new Error(`course.json: unknown mode ${mode}`);
}

/** The value. The case must have it. */
function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`course.json: no ${name}`);
  return value;
}
