import type { Backend } from "../../core/backend.js";
import { BackendMismatchError, OptionError, show } from "../../core/errors.js";
import { checkTensor, storageOf, type Tensor } from "../../core/tensor.js";
import { type CallContext, isRandom, type Layer } from "../layer.js";
import { GraphTensor } from "./graphTensor.js";

/** @throws OptionError if `new Model` got its inputs and outputs one after the other, as Keras takes them */
export function checkNamed(options: unknown): void {
  if (!(options instanceof GraphTensor) && !Array.isArray(options)) return;
  throw new OptionError(
    `Model: options must be { inputs, outputs }, got ${show(options)}; new Model({ inputs: x, outputs: y })`,
  );
}

/** @throws OptionError if a layer would draw the same random numbers at each step, because no step is given */
export function checkStep(model: Layer, { training, step }: Partial<CallContext>): void {
  if (training !== true || step !== undefined || !isRandom(model)) return;
  throw new OptionError(
    "call: context.step is required for training with dropout: a scalar tensor that differs from step to step, such as the value of a variable that counts them",
  );
}

/** @throws OptionError if an input of a model is no tensor; BackendMismatchError; DisposedError */
export function checkInput(
  operator: string,
  argument: string,
  value: unknown,
  backend: Backend,
): asserts value is Tensor {
  checkTensor(operator, argument, value);
  storageOf(operator, argument, value);
  if (value.backend === backend) return;
  throw new BackendMismatchError(
    `${operator}: ${argument} is on another backend (${value.backend.kind}) than the model (${backend.kind}); bring it over with backend.tensor(await ${argument}.read(), ${argument}.shape)`,
  );
}
