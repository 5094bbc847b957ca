import { BackendMismatchError, DisposedError, OptionError, ShapeError, show } from "../core/errors.js";
import { sameShape } from "../core/shape.js";
import { existing, mapValues, sum } from "../core/records.js";
import { checkTensor, storageOf, Tensor } from "../core/tensor.js";
import { elementsOf, type Shape } from "../core/shape.js";
import { type TensorData, valuesOf } from "../core/values.js";
import type { Assignment, Recording } from "../runtime/webgpu/commands/recording.js";
import type { RecordingPlan } from "../core/runtime.js";
import type { GpuStorage } from "../runtime/webgpu/memory/pool.js";
import { byteSize } from "../core/byteSize.js";
import { type GpuRuntime, gpuStorage } from "../runtime/webgpu/runtime.js";
import type { Backend } from "./backend.js";
import { TracedVariables, type Variable } from "./variable.js";

/** Tensors by name. */
export type TensorRecord = Readonly<Record<string, Tensor>>;
type Names<Record> = { readonly [Name in keyof Record]: Tensor };
export type NewInputs<Inputs> = { readonly [Name in keyof Inputs]: Tensor | TensorData };

/** What a recorded step takes, known before it runs. */
export interface StepPlan extends RecordingPlan {
  /** Of the places that hold the inputs. */
  readonly inputBytes: number;
  /** Of the variables that the step reads or assigns. */
  readonly variableBytes: number;
  /** All of it: buffers, inputs and variables. */
  readonly peakBytes: number;
  toString(): string;
}

/** Work that was recorded once and can be run again and again with new inputs. Made by `backend.record(…)`. */
export interface RecordedStep<Inputs, Outputs> {
  /** Undefined where the step is not replayed but called: on the CPU backend and with `validate`. */
  readonly plan: StepPlan | undefined;
  /**
   * Runs the step.
   *
   * @param inputs by the names of the example inputs, each a tensor of its shape or as many numbers, which are written without a tensor
   * @returns the outputs, good until the next run: then, and after `dispose`, they are disposed of
   * @throws ShapeError, OptionError, DisposedError, BackendLostError
   */
  run(inputs: NewInputs<Inputs>): Names<Outputs>;
  /** Gives back what the step holds. Variables stay. */
  dispose(): void;
}

/** See `Backend.record`. */
export function recordStep(
  backend: Backend,
  work: (inputs: TensorRecord) => TensorRecord,
  examples: TensorRecord,
): RecordedStep<TensorRecord, TensorRecord> {
  if (typeof work !== "function") throw new OptionError(`record: expected a function, got ${show(work)}`);
  for (const [name, tensor] of Object.entries(examples)) {
    checkTensor("record", `exampleInputs.${name}`, tensor);
    storageOf("record", `exampleInputs.${name}`, tensor);
  }
  const shapes = mapValues(examples, ({ shape }) => shape);
  const { runtime } = backend;
  return runtime.kind === "webgpu" && !backend.validator
    ? new ReplayedStep(backend, runtime, work, shapes)
    : new (existing(backend.reference).CalledStep)(backend, work, shapes);
}

class ReplayedStep implements RecordedStep<TensorRecord, TensorRecord> {
  readonly plan: StepPlan;
  readonly #recording: Recording;
  /** Where the inputs go. */
  readonly #places: Readonly<Record<string, GpuStorage>>;
  /** What is read or assigned, and where that lives. */
  readonly #variables = new Map<Variable, GpuStorage>();
  #results: Readonly<Record<string, { readonly storage: GpuStorage; readonly shape: Shape }>> = {};
  #outputs: readonly Tensor[] = [];
  #disposed = false;

  constructor(
    private readonly backend: Backend,
    private readonly runtime: GpuRuntime,
    work: (inputs: TensorRecord) => TensorRecord,
    private readonly shapes: Readonly<Record<string, Shape>>,
  ) {
    this.#places = mapValues(shapes, (shape) => runtime.place("record", elementsOf(shape)));
    const variables = new TracedVariables((variable) => this.#settle(variable));
    this.#recording = backend.restoring(variables, () =>
      runtime.record(() => {
        backend.inside("record", () => backend.scopes.run("record", () => this.#trace(work), "nothing"));
        return {
          results: Object.values(this.#results).map(({ storage }) => storage),
          assignments: variables.assigned.map((variable) => ({
            from: gpuStorage(variable.storage),
            to: existing(this.#variables.get(variable)),
          })),
        };
      }),
    );
    const inputBytes = sum(Object.values(this.#places).map(({ bytes }) => bytes));
    const variableBytes = sum([...this.#variables.values()].map(({ bytes }) => bytes));
    this.plan = new Plan(this.#recording.plan, inputBytes, variableBytes);
  }

  run(inputs: NewInputs<TensorRecord>): TensorRecord {
    const { backend, runtime } = this;
    checkInputs(backend, this.#disposed, this.shapes, inputs);
    for (const variable of this.#variables.keys()) this.#settle(variable);
    for (const output of this.#outputs) output.dispose();
    const copies: Assignment[] = [];
    for (const [name, to] of Object.entries(this.#places)) {
      const input = inputs[name];
      if (input instanceof Tensor) copies.push({ from: gpuStorage(storageOf("run", name, input)), to });
      else runtime.overwrite(to, valuesOf("run", input ?? 0, this.shapes[name]).values);
    }
    const shown = this.#recording.replay(copies);
    const outputs = Object.fromEntries(
      Object.entries(this.#results).map(([name, { shape }], i) => [
        name,
        new Tensor(backend, existing(shown[i]), shape),
      ]),
    );
    this.#outputs = Object.values(outputs);
    return outputs;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const output of this.#outputs) output.dispose();
    this.#recording.dispose();
    for (const storage of Object.values(this.#places)) storage.release();
    for (const storage of this.#variables.values()) storage.release();
  }

  #trace(work: (inputs: TensorRecord) => TensorRecord): void {
    const inputs = mapValues(
      this.#places,
      (storage, name) => new Tensor(this.backend, storage.retain(), this.shapes[name] ?? []),
    );
    this.#results = mapValues(checkOutputs(work(inputs)), (tensor, name) => ({
      storage: gpuStorage(storageOf("record", name, tensor)).retain(),
      shape: tensor.shape,
    }));
  }

  /** Brings a variable to the memory that the recorded commands know. */
  #settle(variable: Variable): GpuStorage {
    const place = gpuStorage(
      variable.settle(
        () => this.runtime.place("variable", variable.size),
        (from, to) => this.runtime.copy({ from: gpuStorage(from), to: gpuStorage(to) }),
      ),
    );
    if (!this.#variables.has(variable)) this.#variables.set(variable, place.retain());
    return place;
  }
}

class Plan implements StepPlan {
  readonly dispatches: number;
  readonly submits: number;
  readonly buffers: number;
  readonly bufferBytes: number;
  readonly unsharedBytes: number;
  readonly peakBytes: number;

  constructor(
    { dispatches, submits, buffers, bufferBytes, unsharedBytes }: RecordingPlan,
    readonly inputBytes: number,
    readonly variableBytes: number,
  ) {
    this.dispatches = dispatches;
    this.submits = submits;
    this.buffers = buffers;
    this.bufferBytes = bufferBytes;
    this.unsharedBytes = unsharedBytes;
    this.peakBytes = bufferBytes + inputBytes + variableBytes;
  }

  toString(): string {
    const { dispatches, submits, buffers } = this;
    return [
      `${dispatches} dispatches in ${submits} ${submits === 1 ? "submit" : "submits"}`,
      `${byteSize(this.bufferBytes)} in ${buffers} buffers for what is computed under way (${byteSize(this.unsharedBytes)} if none were shared)`,
      `${byteSize(this.inputBytes)} of inputs, ${byteSize(this.variableBytes)} of variables`,
      `${byteSize(this.peakBytes)} in all`,
    ].join("; ");
  }
}

/** Checks what a step is run with. */
export function checkInputs(
  backend: Backend,
  disposed: boolean,
  shapes: Readonly<Record<string, Shape>>,
  inputs: NewInputs<TensorRecord>,
): void {
  backend.checkAlive();
  if (disposed) throw new DisposedError("run: this recorded step was disposed of");
  backend.refuseTracing("run");
  for (const name of Object.keys(inputs)) {
    if (shapes[name]) continue;
    throw new OptionError(`run: unknown input ${name}; the step was recorded with ${Object.keys(shapes).join(", ")}`);
  }
  for (const [name, shape] of Object.entries(shapes)) {
    const input = inputs[name];
    if (input === undefined) throw new OptionError(`run: the input ${name} [${shape.join(", ")}] is missing`);
    if (!(input instanceof Tensor)) {
      valuesOf("run", input, shape);
      continue;
    }
    storageOf("run", name, input);
    if (input.backend !== backend) throw new BackendMismatchError(`run: ${name} is on another backend than the step`);
    if (!sameShape(input.shape, shape)) {
      throw new ShapeError(
        `run: ${name} is [${input.shape.join(", ")}], expected [${shape.join(", ")}] as recorded; record another step for other shapes`,
      );
    }
  }
}

/** Checks what a step gave. */
export function checkOutputs(outputs: TensorRecord): TensorRecord {
  if (typeof outputs !== "object" || outputs === null || outputs instanceof Tensor || "then" in outputs) {
    throw new OptionError(`record: the function returned ${show(outputs)}, expected tensors by name such as { loss }`);
  }
  for (const [name, tensor] of Object.entries(outputs)) checkTensor("record", `the output ${name}`, tensor);
  return outputs;
}
