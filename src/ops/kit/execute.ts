import type { Backend } from "../../backend/backend.js";
import { BackendMismatchError } from "../../core/errors.js";
import { existing, mapValues } from "../../core/records.js";
import { checkTensor, elementsOf, type Shape, type Storage, storageOf, Tensor } from "../../core/tensor.js";
import type * as Twins from "../../runtime/reference/kernels.js";
import type { CpuRuntime } from "../../runtime/reference/runtime.js";
import type { Bindable, DeviceTraits, Launch } from "../../runtime/webgpu/commands/launch.js";
import type { GpuStorage } from "../../runtime/webgpu/memory/pool.js";
import { type GpuRuntime, gpuStorage } from "../../runtime/webgpu/runtime.js";

/** An operator's tensors by name; one that the caller may leave out is undefined. */
type Inputs = Readonly<Record<string, Tensor | undefined>>;
type Outputs = Readonly<Record<string, Shape>>;

/** The same names with another value in each place. */
type Each<Named, Value> = { readonly [Name in keyof Named]: undefined extends Named[Name] ? Value | undefined : Value };

/** What an operator runs its kernels with. */
export interface Launcher {
  readonly traits: DeviceTraits;
  launch(launch: Launch): void;
  /** Memory until the end of the call. */
  workspace(elements: number): GpuStorage;
  /** See `Dispatcher.forEachBatch`. */
  forEachBatch<Storages extends Readonly<Record<string, GpuStorage>>>(
    images: number,
    storages: Storages,
    kernel: (chunk: { readonly [Name in keyof Storages]: Bindable }, images: number, first: number) => void,
  ): void;
}

/** What an operation's gradients are computed from; see `BackwardCall`, whose names are known here. */
interface Differentiation<In extends Inputs, Out extends Outputs> {
  /** The forward's tensors, alive whatever the caller disposed of. */
  readonly inputs: In;
  readonly outputs: Each<Out, Tensor>;
  /** The gradient of an output, of its shape; zeros where nothing depends on it. */
  gradient(output: keyof Out): Tensor;
  /** Whether anything depends on an output. */
  reached(output: keyof Out): boolean;
  /** Whether an input's gradient is asked for: if not, it need not be computed. */
  wants(input: keyof In): boolean;
  /** Whether an input is what a rectifier gave, through which its gradient goes next. */
  rectified(input: keyof In): boolean;
  /** Whether all of an output's gradient went through the output's rectifier already; see `masks`. */
  masked(output: keyof Out): boolean;
}

/** One call of an operator, checked and with its geometry worked out. */
export interface Operation<In extends Inputs, Out extends Outputs> {
  readonly name: string;
  readonly inputs: In;
  /** The shape of each output. */
  readonly outputs: Out;
  /** Records the kernels; together they write every element of the outputs. */
  gpu(launcher: Launcher, inputs: Each<In, GpuStorage>, outputs: Each<Out, GpuStorage>): void;
  /** The reference, out of those that are handed in; it too writes every element of the outputs. */
  cpu(inputs: Each<In, Float32Array>, outputs: Each<Out, Float32Array>, twins: typeof Twins): void;
  /** K of the numerical promise: how many terms an output element sums at most; 0 where values are only moved or picked. */
  readonly terms: number;
  /** The inputs that the outputs are linear in: the reference over their absolute values gives the promise's Σ|terms|. */
  readonly linearIn: readonly (keyof In)[];
  /** Where a kernel adds up other terms than the reference does: what takes the place of Σ|terms|. */
  readonly magnitude?: Operation<In, Out>["cpu"] | undefined;
  /** Whether it is a rectifier, by itself or at its end, and `backward` asks whether its outputs' gradients are masked. */
  readonly rectifies?: boolean;
  /** The inputs whose gradients `backward` masks where they are rectified. */
  readonly masks?: readonly (keyof In & string)[];
  /** The gradients of the inputs, each of its input's shape, by operators too. Without it, nothing can be differentiated through the operation. */
  backward?(call: Differentiation<In, Out>): { readonly [Name in keyof In]?: Tensor | undefined };
}

/**
 * The one seam. Every operator runs through here on either backend, and what concerns all operators hangs here and nowhere else.
 *
 * @returns a tensor for each output
 * @throws OutOfMemoryError
 */
export function execute<In extends Inputs, Out extends Outputs>(operation: Operation<In, Out>): Each<Out, Tensor>;
export function execute(operation: Operation<Inputs, Outputs>): Readonly<Record<string, Tensor>> {
  const { name, inputs, outputs } = operation;
  const backend = checkTensors(name, inputs, Object.keys(inputs));
  const { runtime } = backend;
  const from = mapValues(inputs, (tensor, argument) => storageOf(name, argument, tensor));
  const tapes = backend.tapes.following(name, Object.values(from), operation.backward !== undefined);
  const held: Storage[] = [];
  try {
    const to =
      runtime.kind === "webgpu"
        ? runOnGpu(backend, runtime, operation, from, held)
        : runOnCpu(runtime, operation, from, held);
    for (const tape of tapes) {
      tape.add({
        name,
        inputs: mapValues(from, (storage, argument) => ({ storage, shape: existing(inputs[argument]).shape })),
        outputs: mapValues(to, (storage, output) => ({ storage, shape: existing(outputs[output]) })),
        rectifies: operation.rectifies,
        masks: operation.masks,
        backward: (call) => operation.backward?.(call) ?? {},
      });
    }
    return mapValues(outputs, (shape, output) => new Tensor(backend, existing(to[output]), shape));
  } catch (error) {
    for (const storage of held) storage.release();
    throw error;
  }
}

/**
 * Checks what every operator needs of its tensors; each calls this first, so that later checks may read their shapes.
 *
 * @param optional the inputs that may be undefined
 * @returns the backend that they share
 * @throws OptionError for what is no tensor, DisposedError, BackendMismatchError, BackendLostError
 */
export function checkTensors(operator: string, inputs: Inputs, optional: readonly string[] = []): Backend {
  let common: { readonly backend: Backend; readonly argument: string } | undefined;
  for (const [argument, tensor] of Object.entries(inputs)) {
    if (tensor === undefined && optional.includes(argument)) continue;
    checkTensor(operator, argument, tensor);
    storageOf(operator, argument, tensor);
    const { backend } = tensor;
    common ??= { backend, argument };
    if (backend !== common.backend) {
      throw new BackendMismatchError(
        `${operator}: ${argument} is on another backend (${backend.kind}) than ${common.argument} (${common.backend.kind}); bring it over with backend.tensor(await ${argument}.read(), ${argument}.shape)`,
      );
    }
  }
  if (!common) throw new Error(`${operator}: an operator has at least one input`);
  common.backend.checkAlive();
  return common.backend;
}

function runOnCpu(
  runtime: CpuRuntime,
  { name, outputs, cpu }: Operation<Inputs, Outputs>,
  inputs: Readonly<Record<string, Storage>>,
  held: Storage[],
): Record<string, Storage> {
  const to = mapValues(outputs, (shape) => {
    const storage = runtime.allocate(name, elementsOf(shape));
    held.push(storage);
    return storage;
  });
  const values = (storage: Storage) => runtime.valuesOf(storage);
  runtime.trace?.(name);
  if (!runtime.tracing) {
    const start = performance.now();
    cpu(mapValues(inputs, values), mapValues(to, values), runtime.twins);
    runtime.profiler?.(name, performance.now() - start);
  }
  return to;
}

function runOnGpu(
  { validator }: Backend,
  runtime: GpuRuntime,
  operation: Operation<Inputs, Outputs>,
  inputs: Readonly<Record<string, Storage>>,
  held: Storage[],
): Record<string, Storage> {
  const { name, outputs } = operation;
  const { dispatcher } = runtime;
  const from = mapValues(inputs, gpuStorage);
  const to = mapValues(outputs, (shape) => {
    const storage = runtime.allocate(name, elementsOf(shape));
    held.push(storage);
    return storage;
  });
  const workspaces: Storage[] = [];
  dispatcher.trace?.operator?.(name);
  try {
    operation.gpu(
      {
        traits: dispatcher.traits,
        launch: (launch) => dispatcher.launch(name, launch),
        workspace: (elements) => {
          const workspace = runtime.allocate(name, elements);
          workspaces.push(workspace);
          dispatcher.trace?.workspace?.(workspace.bytes);
          return workspace;
        },
        forEachBatch: (images, storages, kernel) => dispatcher.forEachBatch(name, images, storages, kernel),
      },
      from,
      to,
    );
  } finally {
    for (const workspace of workspaces) workspace.release();
  }
  if (validator && !runtime.tracing) {
    const shaped = mapValues(to, (storage, output) => ({ storage, shape: existing(outputs[output]) }));
    validator.check({ ...operation, inputs: from, outputs: shaped });
  }
  return to;
}
