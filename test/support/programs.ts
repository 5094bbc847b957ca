import fc from "fast-check";
import { add, type Backend, mul, type RecordedStep, relu, reshape, type Tensor, type Variable } from "webgpu-cnn";

/*
 * Random programs of operators, variables, copies and recorded steps. They run on a backend and in a plain model: arrays of numbers that
 * are copied at every assignment. All tensors are vectors of four. The operators are exact in float32, and values must be equal.
 */

const SIZE = 4;
const SHAPE = [SIZE] as const;
const OTHER_SHAPE = [2, 2] as const;

/** The number of a thing, taken modulo their count when the program runs. */
const pick = fc.nat(1000);
const number = fc.integer({ min: -8, max: 8 });
const numbers = fc.array(number, { minLength: SIZE, maxLength: SIZE });

/** The commands that are allowed inside and outside of a recorded step. */
const calculation = fc.oneof(
  fc.record({ do: fc.constant("full" as const), value: number }),
  fc.record({ do: fc.constant("add" as const), a: pick, b: pick }),
  fc.record({ do: fc.constant("mul" as const), a: pick, b: pick }),
  fc.record({ do: fc.constant("relu" as const), a: pick }),
  fc.record({ do: fc.constant("reshape" as const), a: pick }),
  fc.record({ do: fc.constant("value" as const), variable: pick }),
  fc.record({ do: fc.constant("assign" as const), variable: pick, a: pick }),
  fc.record({ do: fc.constant("assignValue" as const), variable: pick, from: pick }),
);
type Calculation = typeof calculation extends fc.Arbitrary<infer Value> ? Value : never;

/** Work to be recorded: the number of its inputs, its commands and its results. */
const recorded = fc.record({
  do: fc.constant("record" as const),
  inputs: fc.integer({ min: 0, max: 2 }),
  captured: fc.array(pick, { maxLength: 2 }),
  body: fc.array(calculation, { maxLength: 6 }),
  results: fc.array(pick, { maxLength: 3 }),
  /** Throws instead of returning. */
  fails: fc.boolean(),
});
type Recorded = typeof recorded extends fc.Arbitrary<infer Value> ? Value : never;

const command = fc.oneof(
  { weight: 6, arbitrary: calculation },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("tensor" as const), values: numbers }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("write" as const), variable: pick, values: numbers }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("variable" as const), a: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("swap" as const), a: pick, b: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("dispose" as const), a: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("disposeStep" as const), step: pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("read" as const), a: pick }) },
  { weight: 2, arbitrary: recorded },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("run" as const),
      step: pick,
      inputs: fc.array(fc.oneof(pick, numbers), { minLength: 2, maxLength: 2 }),
      assignOutputTo: fc.option(pick),
      /** The next commands do not wait for its end. */
      inTurns: fc.boolean(),
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

export type Program = readonly Command[];
export const program: fc.Arbitrary<Program> = fc.array(command, { minLength: 4, maxLength: 30 });

type Values = readonly number[];

/** A handle, and the values that it must have while it lives. */
interface Known {
  readonly tensor: Tensor;
  readonly values: Values;
}

interface KnownVariable {
  readonly variable: Variable;
  values: Values;
}

interface KnownStep {
  readonly step: RecordedStep<Readonly<Record<string, Tensor>>, Readonly<Record<string, Tensor>>>;
  readonly recorded: Recorded;
  /** The values of captured tensors. */
  readonly captured: readonly Values[];
  /** The variables at the time of recording. */
  readonly variables: readonly KnownVariable[];
}

/** The operands of a calculation: tensors of a backend, or values of the model. */
interface Machine<Vector> {
  readonly vectors: Vector[];
  readonly variables: readonly unknown[];
  full(value: number): Vector;
  add(a: Vector, b: Vector): Vector;
  mul(a: Vector, b: Vector): Vector;
  relu(a: Vector): Vector;
  reshape(a: Vector): Vector;
  valueOf(variable: number): Vector;
  assign(variable: number, vector: Vector): void;
}

/** Does one calculation. Its result joins the machine's vectors. */
function calculate<Vector>(machine: Machine<Vector>, step: Calculation): void {
  const { vectors, variables } = machine;
  const variable = (i: number) => i % variables.length;
  if (step.do === "full") vectors.push(machine.full(step.value));
  else if (step.do === "value") vectors.push(machine.valueOf(variable(step.variable)));
  else if (step.do === "assignValue") machine.assign(variable(step.variable), machine.valueOf(variable(step.from)));
  else {
    const a = at(vectors, step.a);
    if (a === undefined) return;
    if (step.do === "assign") machine.assign(variable(step.variable), a);
    else if (step.do === "relu") vectors.push(machine.relu(a));
    else if (step.do === "reshape") vectors.push(machine.reshape(a));
    else {
      const b = at(vectors, step.b) ?? a;
      vectors.push(step.do === "add" ? machine.add(a, b) : machine.mul(a, b));
    }
  }
}

function at<Entry>(entries: readonly Entry[], i: number): Entry | undefined {
  return entries[i % entries.length];
}

/** Tensors may have either shape. Operators get them as vectors. */
const flat = (tensor: Tensor) => reshape(tensor, SHAPE);

function tensorMachine(backend: Backend, vectors: Tensor[], variables: readonly Variable[]): Machine<Tensor> {
  const variable = (i: number) => {
    const found = variables[i];
    if (!found) throw new Error("a program has at least one variable");
    return found;
  };
  return {
    vectors,
    variables,
    full: (value) => backend.full(SHAPE, value),
    add: (a, b) => backend.tidy(() => add(flat(a), flat(b))),
    mul: (a, b) => backend.tidy(() => mul(flat(a), flat(b))),
    relu: (a) => relu(a),
    reshape: (a) => reshape(a, OTHER_SHAPE),
    valueOf: (i) => variable(i).value,
    assign: (i, vector) => backend.tidy(() => variable(i).assign(flat(vector))),
  };
}

/** @param variables their values, which assignments change */
function modelMachine(vectors: Values[], variables: Values[]): Machine<Values> {
  const zip = (a: Values, b: Values, of: (x: number, y: number) => number) =>
    a.map((x, i) => Math.fround(of(x, b[i] ?? Number.NaN)));
  return {
    vectors,
    variables,
    full: (value) => Array<number>(SIZE).fill(value),
    add: (a, b) => zip(a, b, (x, y) => x + y),
    mul: (a, b) => zip(a, b, (x, y) => x * y),
    relu: (a) => a.map((x) => (x < 0 ? 0 : x)),
    reshape: (a) => a,
    valueOf: (i) => variables[i] ?? [],
    assign(i, vector) {
      variables[i] = vector;
    },
  };
}

/**
 * Runs a program. Checks each value that is read, all live values at the end, and that no memory is left behind.
 *
 * @param expectEqual receives the actual values, the expected ones and the name of the read
 */
export async function runProgram(
  backend: Backend,
  commands: Program,
  expectEqual: (actual: unknown, expected: unknown, what: string) => void,
): Promise<void> {
  await backend.settled();
  const before = backend.memory();
  const tensors: Known[] = [];
  const variables: KnownVariable[] = [];
  const steps: KnownStep[] = [];
  const addVariable = (variable: Variable, values: Values) => variables.push({ variable, values });
  addVariable(backend.variable([1, 2, 3, 4], SHAPE), [1, 2, 3, 4]);
  addVariable(backend.variable([5, 6, 7, 8], SHAPE), [5, 6, 7, 8]);
  const alive = () => tensors.filter(({ tensor }) => !tensor.disposed);
  const inTurns: Promise<void>[] = [];
  const check = async ({ tensor, values }: Known, what: string) =>
    expectEqual([...(await tensor.read())], values, what);

  for (const [i, command] of commands.entries()) {
    const what = `command ${i} of ${JSON.stringify(commands)}`;
    switch (command.do) {
      case "tensor":
        tensors.push({ tensor: backend.tensor(command.values, SHAPE), values: command.values });
        break;
      case "write": {
        const known = at(variables, command.variable);
        known?.variable.write(command.values);
        if (known) known.values = command.values;
        break;
      }
      case "variable": {
        const known = at(alive(), command.a);
        if (known && variables.length < 5) addVariable(backend.variable(known.tensor, SHAPE), known.values);
        break;
      }
      case "swap": {
        const [a, b] = [at(variables, command.a), at(variables, command.b)];
        if (!a || !b || a === b) break;
        backend.tidy(() => {
          const before = a.variable.value;
          a.variable.assign(b.variable.value);
          b.variable.assign(before);
        });
        [a.values, b.values] = [b.values, a.values];
        break;
      }
      case "dispose":
        at(alive(), command.a)?.tensor.dispose();
        break;
      case "disposeStep":
        at(steps, command.step)?.step.dispose();
        steps.splice(command.step % Math.max(1, steps.length), 1);
        break;
      case "read": {
        await Promise.all(inTurns);
        const known = at(alive(), command.a);
        if (known) await check(known, what);
        break;
      }
      case "record": {
        const step = record(backend, command, alive(), variables);
        if (step) steps.push(step);
        break;
      }
      case "run": {
        const step = at(steps, command.step);
        if (step && command.inTurns) inTurns.push(runInTurns(step, command, alive(), tensors));
        else if (step) run(step, command, alive(), tensors, variables);
        break;
      }
      default: {
        const known = alive();
        const real = known.map(({ tensor }) => tensor);
        const model = known.map(({ values }) => values);
        const modelVariables = variables.map(({ values }) => values);
        calculate(
          tensorMachine(
            backend,
            real,
            variables.map(({ variable }) => variable),
          ),
          command,
        );
        calculate(modelMachine(model, modelVariables), command);
        for (const [i, known] of variables.entries()) known.values = modelVariables[i] ?? [];
        const [tensor, values] = [real[known.length], model[known.length]];
        if (tensor && values) tensors.push({ tensor, values });
      }
    }
  }
  await Promise.all(inTurns);
  for (const [i, known] of alive().entries()) await check(known, `tensor ${i} after ${JSON.stringify(commands)}`);
  for (const [i, { variable, values }] of variables.entries()) {
    expectEqual([...(await variable.read())], values, `variable ${i} after ${JSON.stringify(commands)}`);
  }
  for (const { step } of steps) step.dispose();
  for (const { tensor } of tensors) tensor.dispose();
  for (const { variable } of variables) variable.dispose();
  await backend.settled();
  const { tensors: count, liveBytes } = backend.memory();
  expectEqual(
    { count, liveBytes },
    { count: before.tensors, liveBytes: before.liveBytes },
    `what ${JSON.stringify(commands)} leaves`,
  );
}

class Failure extends Error {}

/** @returns undefined if the work throws */
function record(
  backend: Backend,
  recorded: Recorded,
  alive: readonly Known[],
  variables: readonly KnownVariable[],
): KnownStep | undefined {
  const captured = recorded.captured.flatMap((i) => at(alive, i) ?? []);
  const examples = Object.fromEntries(
    Array.from({ length: recorded.inputs }, (_, i) => [`x${i}`, backend.zeros(SHAPE)]),
  );
  const work = (inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> => {
    const vectors = [...Object.values(inputs), ...captured.map(({ tensor }) => tensor)];
    const machine = tensorMachine(
      backend,
      vectors,
      variables.map(({ variable }) => variable),
    );
    for (const step of recorded.body) calculate(machine, step);
    if (recorded.fails) throw new Failure();
    return Object.fromEntries(
      recorded.results.flatMap((i, name) => {
        const vector = at(vectors, i);
        return vector ? [[`y${name}`, vector]] : [];
      }),
    );
  };
  try {
    const step = backend.record(work, examples);
    return { step, recorded, captured: captured.map(({ values }) => values), variables: [...variables] };
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  } finally {
    for (const example of Object.values(examples)) example.dispose();
  }
}

type Run = Extract<Command, { readonly do: "run" }>;

function run(
  step: KnownStep,
  command: Run,
  alive: readonly Known[],
  tensors: Known[],
  all: readonly KnownVariable[],
): void {
  const { inputs, results } = runOfModel(step, command, alive);
  const outputs = Object.values(step.step.run(inputs));
  for (const [i, tensor] of outputs.entries()) tensors.push({ tensor, values: results[i] ?? [] });
  const [first] = outputs;
  const target = command.assignOutputTo === null ? undefined : at(all, command.assignOutputTo);
  if (!first || !target) return;
  target.variable.assign(reshapeForGood(first, tensors, results[0] ?? []));
  target.values = results[0] ?? [];
}

/** In the model, the step runs at this call. Its outputs are known later. */
async function runInTurns(step: KnownStep, command: Run, alive: readonly Known[], tensors: Known[]): Promise<void> {
  const { inputs, results } = runOfModel(step, command, alive);
  const outputs = await step.step.runInTurns(inputs);
  for (const [i, tensor] of Object.values(outputs).entries()) tensors.push({ tensor, values: results[i] ?? [] });
}

/** Runs a step on the model. @returns the inputs of the run, and the values of its results */
function runOfModel({ recorded, captured, variables }: KnownStep, command: Run, alive: readonly Known[]) {
  // A tensor of the recorded shape, or numbers.
  const vectors = alive.filter(({ tensor }) => tensor.shape.length === 1);
  const given = command.inputs.slice(0, recorded.inputs).map((input) => {
    const known = typeof input === "number" ? at(vectors, input) : undefined;
    return known ?? { tensor: undefined, values: typeof input === "number" ? [input, 0, 0, 0] : input };
  });
  const modelVectors = [...given.map(({ values }) => values), ...captured];
  const modelVariables = variables.map(({ values }) => values);
  const machine = modelMachine(modelVectors, modelVariables);
  for (const calculation of recorded.body) calculate(machine, calculation);
  for (const [i, known] of variables.entries()) known.values = modelVariables[i] ?? [];
  return {
    inputs: Object.fromEntries(given.map(({ tensor, values }, i) => [`x${i}`, tensor ?? values])),
    results: recorded.results.map((i) => at(modelVectors, i) ?? []),
  };
}

/** A new handle on the same values. It outlives the next run. */
function reshapeForGood(tensor: Tensor, tensors: Known[], values: Values): Tensor {
  const kept = reshape(tensor, SHAPE);
  tensors.push({ tensor: kept, values });
  return kept;
}
