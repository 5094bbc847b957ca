import type { Backend, NewInputs, RecordedStep } from "../core/backend.js";
import { byteSize } from "../core/byteSize.js";
import { makeDisposable } from "../core/disposable.js";
import { BackendMismatchError, DisposedError, OptionError, ShapeError, show } from "../core/errors.js";
import type { StepInJson, StepPlan } from "../core/inspection.js";
import type { CellOwner } from "../core/mode.js";
import { existing, INSPECT, mapValues, sum } from "../core/objects.js";
import type { Recorder, Recording, RecordingPlan } from "../core/runtime.js";
import { elementsOf, type Shape, sameShape } from "../core/shape.js";
import { Storage } from "../core/storage.js";
import { tapesThatFollow } from "../core/tape.js";
import type { TensorRecord } from "../core/tensor.js";
import { checkTensor, isVariable, originOf, storageOf, Tensor } from "../core/tensor.js";
import { valuesOf } from "../core/values.js";
import type { Host } from "./host.js";
import { RecordingMode } from "./modes.js";
import type { Holding } from "./scopes.js";

type Work = (inputs: TensorRecord) => TensorRecord;

/** Records the operators that `work` calls. See `Backend.record`. */
export function recordStep(
  host: Host,
  recorder: Recorder,
  work: Work,
  examples: TensorRecord,
): RecordedStep<TensorRecord, TensorRecord> {
  const shapes = mapValues(examples, ({ shape }) => shape);
  const { backend, scopes } = host;
  const mode = new RecordingMode(recorder);
  try {
    const inputs = mapValues(shapes, (shape) => recorder.input(elementsOf(shape)));
    const results: Record<string, { readonly storage: Storage; readonly shape: Shape }> = {};
    const trace = () => {
      const tensors = mapValues(
        inputs,
        (storage, name) => new Tensor(backend, storage.retain(), existing(shapes[name])),
      );
      for (const [name, tensor] of Object.entries(checkOutputs(backend, work(tensors)))) {
        // Retained until the recording has retained the storages that it needs.
        results[name] = { storage: storageOf("record", name, tensor).retain(), shape: tensor.shape };
      }
    };
    try {
      scopes.run("record", trace, "nothing", mode);
      const recording = recorder.finish({
        results: Object.values(results).map(({ storage }) => storage),
        assignments: [...mode.assigned].map(([{ cell }, from]) => ({ cell, from })),
      });
      return new ReplayedStep(
        host,
        recording,
        mode.variables,
        shapes,
        mapValues(results, ({ shape }) => shape),
      );
    } finally {
      for (const { storage } of Object.values(results)) storage.release();
    }
  } catch (error) {
    recorder.discard();
    throw error;
  } finally {
    mode.end();
  }
}

/** Checks the arguments of `record`. @throws OptionError, DisposedError */
export function checkExamples(work: unknown, examples: TensorRecord): void {
  if (typeof work !== "function") {
    throw new OptionError(`record: work must be a function such as (inputs) => ({ … }), got ${show(work)}`);
  }
  if (!isRecord(examples)) {
    throw new OptionError(
      `record: exampleInputs is ${show(examples)}, expected tensors by name such as { x }, or {} where the step takes none`,
    );
  }
  for (const [name, tensor] of Object.entries(examples)) {
    checkTensor("record", `exampleInputs.${name}`, tensor);
    storageOf("record", `exampleInputs.${name}`, tensor);
  }
}

class ReplayedStep implements RecordedStep<TensorRecord, TensorRecord> {
  readonly plan: StepPlan | undefined;
  declare readonly [Symbol.dispose]: () => void;
  readonly #holding: Holding;
  #outputs: readonly Tensor[] = [];
  #disposed = false;

  static {
    makeDisposable(ReplayedStep, (step) => step.dispose());
  }

  constructor(
    private readonly host: Host,
    private readonly recording: Recording,
    /** Keeps them from being collected as garbage. */
    public variables: ReadonlySet<CellOwner>,
    private readonly inputShapes: Readonly<Record<string, Shape>>,
    private readonly outputShapes: Readonly<Record<string, Shape>>,
  ) {
    const inputBytes = sum(Object.values(inputShapes).map((shape) => 4 * elementsOf(shape)));
    this.plan = recording.plan && new Plan(recording.plan, inputBytes);
    this.#holding = { name: "a recorded step", counts: false, free: () => recording.dispose() };
    host.scopes.addHolder(this, this.#holding);
  }

  run(inputs: NewInputs<TensorRecord>): TensorRecord {
    return this.host.replays.run(this.#replay(inputs));
  }

  async runInTurns(inputs: NewInputs<TensorRecord>): Promise<TensorRecord> {
    return this.host.replays.runInTurns(this.#replay(inputs));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.host.replays.finish();
    this.#disposed = true;
    this.#forgetOutputs();
    this.recording.dispose();
    this.variables = new Set();
    this.host.scopes.deleteHolder(this, this.#holding);
  }

  get [Symbol.toStringTag](): string {
    return "RecordedStep";
  }

  toJSON(): StepInJson {
    return { inputs: this.inputShapes, outputs: this.outputShapes };
  }

  /** @internal */
  [INSPECT](): string {
    return this.toString();
  }

  toString(): string {
    const [inputs, outputs] = [this.inputShapes, this.outputShapes].map((shapes) => {
      const named = Object.entries(shapes).map(([name, shape]) => `${name}: [${shape.join(", ")}]`);
      return named.length > 0 ? `{ ${named.join(", ")} }` : "{}";
    });
    return `RecordedStep(${inputs} → ${outputs}, ${this.host.backend.kind}${this.#disposed ? ", disposed" : ""})`;
  }

  *#replay(inputs: NewInputs<TensorRecord>): Generator<void, TensorRecord, void> {
    const { backend, scopes } = this.host;
    const { recording } = this;
    if (this.#disposed) throw new DisposedError("run: this recorded step was disposed of");
    const given = checkInputs(backend, this.inputShapes, inputs);
    const tensors = given.filter((input) => input instanceof Storage);
    const origins = Object.entries(inputs).flatMap(([name, input]) =>
      input instanceof Tensor ? [originOf("run", name, input)] : [],
    );
    tapesThatFollow("run", [...origins, ...recording.sources], false);
    // An output of the last run may be an input of this one.
    for (const input of tensors) input.retain();
    let results: readonly Storage[];
    try {
      this.#forgetOutputs();
      results = yield* recording.replay(given, scopes.mode.executor);
    } finally {
      for (const input of tensors) input.release();
    }
    const names = Object.entries(this.outputShapes);
    const outputs = names.map(([name, shape], i) => [name, new Tensor(backend, existing(results[i]), shape)] as const);
    // The step disposes of them, not the scope in which it runs.
    this.#outputs = outputs.map(([, tensor]) => tensor);
    for (const output of this.#outputs) scopes.keep(output);
    return Object.fromEntries(outputs);
  }

  #forgetOutputs(): void {
    for (const output of this.#outputs) output.dispose();
    this.#outputs = [];
  }
}

class Plan implements StepPlan {
  readonly dispatches: number;
  readonly submits: number;
  readonly buffers: number;
  readonly bufferBytes: number;
  readonly unsharedBytes: number;
  readonly variableBytes: number;
  readonly peakBytes: number;

  constructor(
    { dispatches, submits, buffers, bufferBytes, unsharedBytes, variableBytes }: RecordingPlan,
    readonly inputBytes: number,
  ) {
    this.dispatches = dispatches;
    this.submits = submits;
    this.buffers = buffers;
    this.bufferBytes = bufferBytes;
    this.unsharedBytes = unsharedBytes;
    this.variableBytes = variableBytes;
    this.peakBytes = bufferBytes + inputBytes + variableBytes;
  }

  toString(): string {
    const { dispatches, submits, buffers } = this;
    return [
      `${dispatches} dispatches in ${submits} ${submits === 1 ? "submit" : "submits"}`,
      `${byteSize(this.bufferBytes)} in ${buffers} buffers for computed values (${byteSize(this.unsharedBytes)} if none were shared)`,
      `${byteSize(this.inputBytes)} of inputs, ${byteSize(this.variableBytes)} of variables`,
      `${byteSize(this.peakBytes)} in all`,
    ].join("; ");
  }
}

/** Checks the inputs of a run. @returns their storages or numbers, in the recorded order */
function checkInputs(
  backend: Backend,
  shapes: Readonly<Record<string, Shape>>,
  inputs: NewInputs<TensorRecord>,
): readonly (Storage | Float32Array)[] {
  backend.checkAlive();
  backend.refuseRehearsal("run");
  if (!isRecord(inputs)) {
    const expected = Object.keys(shapes).join(", ");
    throw new OptionError(`run: inputs is ${show(inputs)}, expected ${expected ? `{ ${expected} }` : "{}"}`);
  }
  for (const name of Object.keys(inputs)) {
    if (Object.hasOwn(shapes, name)) continue;
    const known = Object.keys(shapes).join(", ");
    throw new OptionError(`run: unknown input ${name}; the step was recorded with ${known || "no inputs"}`);
  }
  return Object.entries(shapes).map(([name, shape]) => {
    const input = inputs[name];
    if (input === undefined) throw new OptionError(`run: the input ${name} [${shape.join(", ")}] is missing`);
    if (isVariable(input)) checkTensor("run", name, input);
    if (!(input instanceof Tensor)) return valuesOf("run", input, shape, name).values;
    const storage = storageOf("run", name, input);
    if (input.backend !== backend) throw new BackendMismatchError(`run: ${name} is on another backend than the step`);
    if (!sameShape(input.shape, shape)) {
      throw new ShapeError(
        `run: ${name} is [${input.shape.join(", ")}], expected [${shape.join(", ")}] as recorded; record another step for other shapes`,
      );
    }
    return storage;
  });
}

/** Checks the result of the recorded function. */
function checkOutputs(backend: Backend, outputs: TensorRecord): TensorRecord {
  if (!isRecord(outputs)) {
    throw new OptionError(`record: the function returned ${show(outputs)}, expected tensors by name such as { loss }`);
  }
  for (const [name, tensor] of Object.entries(outputs)) {
    checkTensor("record", `the output ${name}`, tensor);
    if (tensor.backend !== backend) {
      throw new BackendMismatchError(
        `record: the output ${name} is on another backend (${tensor.backend.kind}) than the step`,
      );
    }
  }
  return outputs;
}

/** Whether a value can hold tensors by name. The entries of a tensor, an array, a map or a promise have no such names. */
function isRecord(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Tensor) return false;
  return !(Symbol.iterator in value || "then" in value);
}
