import type { Backend, Variable } from "../../core/backend.js";
import { checkBackend } from "../../core/checkBackend.js";
import { BackendMismatchError, OptionError, ShapeError, show } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import { checkTensor, isVariable, type Tensor } from "../../core/tensor.js";
import type { Parameter } from "./optimizer.js";

/** Checks what an optimizer is built with. @throws OptionError, BackendMismatchError */
export function checkWeights(backend: Backend, weights: ReadonlyMap<string, Variable>): void {
  checkBackend("build", "backend", backend);
  if (!(weights instanceof Map)) {
    throw new OptionError(`build: weights is ${show(weights)}, expected a Map from names to variables`);
  }
  for (const [name, variable] of weights) {
    if (!isVariable(variable)) {
      throw new OptionError(
        `build: weights has ${show(variable)} for ${show(name)}, expected a variable as in model.trainableWeights`,
      );
    }
    if (variable.backend === backend) continue;
    throw new BackendMismatchError(
      `build: ${name} is on another backend (${variable.backend.kind}) than the optimizer (${backend.kind})`,
    );
  }
}

/** Gradients with their weights. @throws OptionError, ShapeError, DisposedError */
export function checkedParameters(
  weights: ReadonlyMap<string, Variable>,
  gradients: ReadonlyMap<string, Tensor>,
): readonly Parameter[] {
  return [...gradients].map(([name, gradient]) => {
    const variable = weights.get(name);
    if (!variable) throw new OptionError(`apply: there is a gradient of ${show(name)}, but no weight of this name`);
    checkTensor("apply", `the gradient of ${name}`, gradient);
    if (!sameShape(gradient.shape, variable.shape)) {
      throw new ShapeError(
        `apply: the gradient of ${name} is [${gradient.shape.join(", ")}], expected its shape [${variable.shape.join(", ")}]`,
      );
    }
    return { name, variable, gradient };
  });
}
