import type { Backend } from "../../core/backend.js";
import { BackendMismatchError, OptionError, ShapeError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { checkTensor, storageOf, type Tensor } from "../../core/tensor.js";
import { type CallContext, isRandom, type Layer } from "../layer.js";
import { fitsExample, showExample } from "./extents.js";
import { inputOf, inputsIn } from "./forms.js";
import type { Graph } from "./graph.js";
import { GraphTensor } from "./graphTensor.js";
import type { Extents } from "./trace.js";

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

/** What a built model takes. */
interface Taken {
  readonly graph: Graph;
  readonly inputNames: readonly string[];
  readonly backend: Backend;
  readonly inputs: readonly Extents[];
}

/** The inputs of a model in their order. @throws what `checkInput` throws; ShapeError if one does not fit */
export function checkedInputs(
  operator: string,
  x: unknown,
  { graph, inputNames, backend, inputs }: Taken,
): readonly Tensor[] {
  const list = inputsIn(x, inputNames);
  if (list.length !== inputNames.length) {
    throw new OptionError(
      `${operator}: x is ${show(x)}, expected ${inputNames.length === 1 ? "a tensor" : `the inputs ${inputNames.join(", ")}`}; for a dataset, use predictAll`,
    );
  }
  return list.map((tensor, i) => {
    const name = inputNames.length > 1 ? `x.${inputNames[i]}` : "x";
    checkInput(operator, name, tensor, backend);
    const { example } = existing(inputs[i]);
    // An input that fixes the number of examples is checked where it is called.
    const { whole } = inputOf(existing(graph.inputs[i]));
    if (whole || fitsExample(tensor.shape.slice(1), example)) return tensor;
    throw new ShapeError(
      `${operator}: ${name} is [${tensor.shape.join(", ")}], expected [N, ${showExample(example).slice(1)}`,
    );
  });
}

/** @throws ShapeError if the number of examples is not that of an input that fixes it */
export function checkWholes(
  model: string,
  inputs: readonly Tensor[],
  graph: Graph,
  inputNames: readonly string[],
): void {
  for (const [i, tensor] of graph.inputs.entries()) {
    const { whole } = inputOf(tensor);
    const { shape } = existing(inputs[i]);
    if (!whole || fitsExample(shape, whole)) continue;
    throw new ShapeError(
      `${model}: the input ${inputNames[i]} is [${shape.join(", ")}], expected ${showExample(whole)}`,
    );
  }
}

/** @throws OptionError if `apply` got more or fewer inputs than the model has */
export function checkCount(model: string, inputs: unknown, inputNames: readonly string[]): void {
  const count = Array.isArray(inputs) ? inputs.length : 1;
  if (count === inputNames.length) return;
  throw new OptionError(
    `${model}: apply got ${count} inputs, expected ${inputNames.length}: a list of ${inputNames.join(", ")}`,
  );
}
