import type { Backend } from "../../core/backend.js";
import { BackendMismatchError } from "../../core/errors.js";
import type { Kernels } from "../../core/kernels.js";
import { existing, mapValues } from "../../core/objects.js";
import type { Launcher } from "../../core/operation.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import { tapesThatFollow } from "../../core/tape.js";
import { checkTensor, originOf, storageOf, Tensor } from "../../core/tensor.js";

/** An operator's tensors by name. An optional one that the caller left out is undefined. */
type Inputs = Readonly<Record<string, Tensor | undefined>>;
type Outputs = Readonly<Record<string, Shape>>;

/** The same names with another value in each place. */
type Each<Named, Value> = { readonly [Name in keyof Named]: undefined extends Named[Name] ? Value | undefined : Value };

/** `BackwardCall`, with the operator's own names of inputs and outputs. */
interface Differentiation<In extends Inputs, Out extends Outputs> {
  /** The forward's tensors. They are alive, even if the caller has disposed of its handles. */
  readonly inputs: In;
  readonly outputs: Each<Out, Tensor>;
  /** The gradient of an output, of its shape. Zeros if nothing depends on the output. */
  gradient(output: keyof Out): Tensor;
  /** Whether anything depends on an output. */
  reached(output: keyof Out): boolean;
  /** Whether an input's gradient is asked for. If not, it need not be computed. */
  wants(input: keyof In): boolean;
  /** Whether an input is the output of a ReLU. Its gradient goes through the gradient of that ReLU next. */
  rectified(input: keyof In): boolean;
  /** Whether all of an output's gradient went through the gradient of the output's ReLU already; see `masks`. */
  masked(output: keyof Out): boolean;
}

/** One call of an operator, checked, with its geometry. core's `Operation` describes the members that it has too. */
export interface OperatorCall<In extends Inputs, Out extends Outputs> {
  readonly name: string;
  readonly inputs: In;
  /** The shape of each output. */
  readonly outputs: Out;
  gpu(launcher: Launcher, inputs: Each<In, Storage>, outputs: Each<Out, Storage>): void;
  cpu<Memory>(kernels: Kernels<Memory>, inputs: Each<In, Memory>, outputs: Each<Out, Memory>): void;
  readonly terms: number;
  readonly paired?: boolean;
  readonly adds?: boolean;
  /** Whether it is a ReLU or ends in one. Its `backward` must then call `masked`. */
  readonly rectifies?: boolean;
  /** The inputs whose gradients `backward` masks if they are outputs of a ReLU. */
  readonly masks?: readonly (keyof In & string)[];
  /**
   * Whether the outputs are a step function of the inputs, such as the position of a maximum. Then no gradient passes,
   * and the outputs do not depend on the parameters of `valueAndGradients`.
   */
  readonly steps?: boolean;
  /** Computes the gradients of the inputs by operators. Without it, the operation has no gradient. */
  backward?(call: Differentiation<In, Out>): { readonly [Name in keyof In]?: Tensor | undefined };
}

/**
 * Runs an operator. Every operator on every backend calls this function, so recording, profiling, validation and tapes
 * hook in here only.
 *
 * @returns a tensor for each output
 * @throws OutOfMemoryError
 */
export function execute<In extends Inputs, Out extends Outputs>(call: OperatorCall<In, Out>): Each<Out, Tensor>;
export function execute(call: OperatorCall<Inputs, Outputs>): Readonly<Record<string, Tensor>> {
  const { name, inputs, outputs, terms, paired, adds } = call;
  const backend = checkTensors(name, inputs, Object.keys(inputs));
  const from = mapValues(inputs, (tensor, argument) => storageOf(name, argument, tensor));
  const origins = mapValues(inputs, (tensor, argument) => originOf(name, argument, tensor));
  const tapes = call.steps ? [] : tapesThatFollow(name, Object.values(origins), call.backward !== undefined);
  // The operation holds no tensors, because a recording keeps the operation and must not keep the caller's handles.
  const operation = {
    name,
    outputs,
    terms,
    paired,
    adds,
    gpu: call.gpu.bind(call),
    cpu: call.cpu.bind(call),
  };
  const to = backend.scopes.mode.executor.run(operation, from);
  for (const tape of tapes) {
    tape.add({
      name,
      inputs: mapValues(from, (storage, argument) => ({
        storage,
        origin: existing(origins[argument]),
        shape: existing(inputs[argument]).shape,
      })),
      outputs: mapValues(to, (storage, output) => ({ storage, origin: storage, shape: existing(outputs[output]) })),
      rectifies: call.rectifies,
      masks: call.masks,
      backward: (given) => call.backward?.(given) ?? {},
    });
  }
  return mapValues(outputs, (shape, output) => new Tensor(backend, existing(to[output]), shape));
}

/**
 * Checks that an operator's tensors are live and share one backend. Every operator calls this first, because later
 * checks read the tensors' shapes.
 *
 * @param optional the inputs that may be undefined
 * @returns the backend that they share
 * @throws OptionError if a value is not a tensor; DisposedError, BackendMismatchError, BackendLostError
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
