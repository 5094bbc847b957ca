import type { Backend } from "../core/backend.js";
import { BackendMismatchError, OptionError, ShapeError, show } from "../core/errors.js";
import { runWithTape, Tape, type TapeStep } from "../core/tape.js";
import { checkTensor, type Origin, originOf, reshape, Tensor } from "../core/tensor.js";
import { add } from "../ops/elementwise/add.js";

type Parameters = readonly Tensor[] | Readonly<Record<string, Tensor>>;
/** A scalar to differentiate, alone or as the first entry of a list. The other entries are returned as they are. */
type Value = Tensor | readonly [Tensor, ...unknown[]];

/**
 * Computes a scalar and its gradients with respect to parameters, by reverse-mode automatic differentiation (as JAX's
 * `value_and_grad`).
 *
 * The operators that `fn` calls are kept until the gradients are computed. Their values are kept too, even if `fn`
 * disposes of them. A tensor may be used any number of times. Its gradients are added in a fixed order, so the same
 * inputs give the same bits. Tensors that `fn` makes and does not return are disposed of.
 *
 * @typeParam Result what `fn` returns
 * @typeParam Named the list or object of the parameters
 * @param fn computes the value from the parameters by operators of this library, synchronously. It returns a scalar
 * tensor (`[]`, or of one element), or a list that starts with one
 * @param parameters float32 tensors of any shape, in a list or by name. They are passed to `fn`
 * @returns `value`, the result of `fn`, and `gradients`, in a list or by the names of the parameters: float32 of the
 * shape of each parameter. A gradient is zeros if the value does not depend on the parameter
 * @throws ShapeError if the value is not a scalar; OptionError if it depends on no parameter, or depends on one through
 * an operator without a gradient (such as `conv2dBackward`), or if `fn` returns a promise; BackendMismatchError if the
 * tensors are not all on one backend; DisposedError, BackendLostError; whatever `fn` throws
 *
 * @example
 * ```ts
 * const { value, gradients } = valueAndGradients(({ w, b }) => reduceSum(add(square(w), b)), {
 *   w: backend.tensor([1, 2, 3]),
 *   b: backend.tensor([10]),
 * });
 * await value.read(); // [44]
 * await gradients.w.read(); // [2, 4, 6]
 * await gradients.b.read(); // [3]
 * ```
 */
export function valueAndGradients<
  Result extends Tensor | readonly [Tensor, ...unknown[]],
  Named extends readonly Tensor[] | Readonly<Record<string, Tensor>>,
>(
  fn: (parameters: Named) => Result,
  parameters: Named,
): { value: Result; gradients: { readonly [Name in keyof Named]: Tensor } };
export function valueAndGradients(
  fn: (parameters: Parameters) => Value,
  parameters: Parameters,
): { value: Value; gradients: Parameters } {
  if (typeof fn !== "function") {
    throw new OptionError(`valueAndGradients: fn must be a function such as (parameters) => loss, got ${show(fn)}`);
  }
  const { backend, origins } = checkParameters(parameters);
  return backend.tidy(() => {
    const tape = new Tape(origins);
    try {
      const value = runWithTape(tape, () => backend.tidy(() => notPromised(fn(parameters))));
      const loss = scalarOf(value, backend);
      if (!tape.follows(originOf("valueAndGradients", "value", loss))) {
        throw new OptionError(
          "valueAndGradients: the value depends on none of the parameters; compute it from them inside the function, by operators of this library",
        );
      }
      const gradients = new GradientsByOrigin(backend, origins);
      gradients.start(loss);
      for (const step of tape.backwards()) gradients.passThrough(step, tape);
      const of = (parameter: Tensor) => gradients.of(parameter);
      if (isList(parameters)) return { value, gradients: parameters.map(of) };
      const named = Object.entries(parameters).map(([name, parameter]) => [name, of(parameter)] as const);
      return { value, gradients: Object.fromEntries(named) };
    } finally {
      tape.close();
    }
  });
}

/** The gradients that are computed so far. */
class GradientsByOrigin {
  readonly #gradients = new Map<Origin, Tensor>();
  /** The origins with a gradient that has not gone through the gradient of their ReLU. */
  readonly #unmasked = new Set<Origin>();
  readonly #parameters: ReadonlySet<Origin>;

  constructor(
    private readonly backend: Backend,
    parameters: readonly Origin[],
  ) {
    this.#parameters = new Set(parameters);
  }

  /** The gradient of the value with respect to itself. */
  start(value: Tensor): void {
    const origin = originOf("valueAndGradients", "value", value);
    this.#gradients.set(origin, this.backend.full(value.shape, 1));
    this.#unmasked.add(origin);
  }

  /** Computes the gradients of an operation's inputs from those of its outputs. */
  passThrough(step: TapeStep, tape: Tape): void {
    const arrived = Object.values(step.outputs).some(({ origin }) => this.#gradients.has(origin));
    if (!arrived) return;
    const { backend } = this;
    const flowing = backend.tidy(() => {
      const handles = (kept: TapeStep["inputs"]) =>
        mapValues(kept, ({ storage, shape, origin }) => new Tensor(backend, storage.retain(), shape, origin));
      const gradients = step.backward({
        inputs: handles(step.inputs),
        outputs: handles(step.outputs),
        gradient: (output) => this.#gradientOf(step, output),
        reached: (output) => {
          const kept = step.outputs[output];
          return kept !== undefined && this.#gradients.has(kept.origin);
        },
        wants: (input) => {
          const kept = step.inputs[input];
          return kept !== undefined && tape.follows(kept.origin);
        },
        rectified: (input) => {
          const kept = step.inputs[input];
          return kept !== undefined && tape.rectified.has(kept.origin);
        },
        masked: (output) => {
          const kept = step.outputs[output];
          return kept !== undefined && !this.#unmasked.has(kept.origin);
        },
      });
      return this.#joined(step, gradients, tape);
    });
    for (const [origin, gradient] of flowing) {
      const before = this.#gradients.get(origin);
      if (before !== gradient) before?.dispose();
      this.#gradients.set(origin, gradient);
    }
    for (const { origin } of Object.values(step.outputs)) this.#forget(origin);
  }

  of(parameter: Tensor): Tensor {
    const gradient = this.#gradients.get(originOf("valueAndGradients", "parameters", parameter));
    // Handles of one origin share its gradient.
    return gradient ? reshape(gradient, parameter.shape) : this.backend.zeros(parameter.shape);
  }

  /** The sum of the present gradient and the one that an operation adds, for the origin of each input. */
  #joined(step: TapeStep, gradients: Readonly<Record<string, Tensor | undefined>>, tape: Tape): Map<Origin, Tensor> {
    const flowing = new Map<Origin, Tensor>();
    for (const [input, { origin, shape }] of Object.entries(step.inputs)) {
      const gradient = gradients[input];
      if (!gradient || !tape.follows(origin)) continue;
      if (!step.masks?.includes(input) || !tape.rectified.has(origin)) this.#unmasked.add(origin);
      const before = flowing.get(origin) ?? this.#gradients.get(origin);
      // Each input gets its own handle, because an operation may return one tensor for several inputs.
      flowing.set(origin, before ? add(reshape(before, shape), gradient) : reshape(gradient, shape));
    }
    return flowing;
  }

  #gradientOf({ name, outputs }: TapeStep, output: string): Tensor {
    const kept = outputs[output];
    if (!kept) throw new Error(`${name}: no output ${output}`);
    const gradient = this.#gradients.get(kept.origin);
    return gradient ? reshape(gradient, kept.shape) : this.backend.zeros(kept.shape);
  }

  #forget(origin: Origin): void {
    if (this.#parameters.has(origin)) return;
    this.#gradients.get(origin)?.dispose();
    this.#gradients.delete(origin);
  }
}

function checkParameters(parameters: unknown): { backend: Backend; origins: Origin[] } {
  if (typeof parameters !== "object" || parameters === null || parameters instanceof Tensor) {
    throw new OptionError(
      `valueAndGradients: parameters are ${show(parameters)}, expected tensors in a list or by name such as { w, b }`,
    );
  }
  let backend: Backend | undefined;
  const origins: Origin[] = [];
  for (const [name, parameter] of Object.entries(parameters)) {
    checkTensor("valueAndGradients", `parameters.${name}`, parameter);
    origins.push(originOf("valueAndGradients", `parameters.${name}`, parameter));
    backend ??= parameter.backend;
    if (backend !== parameter.backend) {
      throw new BackendMismatchError(
        `valueAndGradients: parameters.${name} is on another backend (${parameter.backend.kind}) than the first (${backend.kind})`,
      );
    }
  }
  if (!backend) throw new OptionError("valueAndGradients: parameters are empty, expected at least one tensor");
  backend.checkAlive();
  return { backend, origins };
}

/** @throws OptionError if `fn` returned a promise */
function notPromised(value: Value): Value {
  if (!("then" in Object(value))) return value;
  Promise.resolve(value).catch(() => {});
  throw new OptionError(
    "valueAndGradients: the function returned a promise; it must be synchronous (await the reads of its result outside)",
  );
}

function scalarOf(value: unknown, backend: Backend): Tensor {
  const scalar: unknown = Array.isArray(value) ? value[0] : value;
  if (!(scalar instanceof Tensor)) {
    throw new OptionError(
      `valueAndGradients: the function returned ${show(value)}, expected a scalar tensor, or a list that starts with one`,
    );
  }
  if (scalar.backend !== backend) {
    throw new BackendMismatchError(
      `valueAndGradients: the value is on another backend (${scalar.backend.kind}) than the parameters`,
    );
  }
  if (scalar.size !== 1) {
    throw new ShapeError(
      `valueAndGradients: the value is [${scalar.shape.join(", ")}], expected a scalar; reduce it, for example with reduceSum`,
    );
  }
  return scalar;
}

function isList(parameters: Parameters): parameters is readonly Tensor[] {
  return Array.isArray(parameters);
}

function mapValues<Value, Mapped>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
