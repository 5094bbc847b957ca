import type { Backend } from "../../core/backend.js";
import { ShapeError, show } from "../../core/errors.js";
import { existing, sum } from "../../core/objects.js";
import type { Shape } from "../../core/shape.js";
import type { CallContext, Layer } from "../layer.js";
import { commonExtents, type ExampleShape } from "./extents.js";
import { inputOf } from "./forms.js";
import type { Graph } from "./graph.js";

/** What stands for extents that vary, in two trials. Networks halve images a few times, so both are multiples of 64. */
const PROBES = [256, 320] as const;
/** The images of a trial. */
export const BATCH = 2;

/** The extents of a tensor, in one trial, or in two that tell which extents vary. */
export interface Extents {
  /** Of one example: without the first axis. */
  readonly example: ExampleShape;
  /** With the first axis. */
  readonly trials: readonly Shape[];
}

/** @param varies whether there are two trials, even if no extent of this tensor varies */
export function extentsOf(example: ExampleShape, varies = example.includes(null)): Extents {
  return extentsOfWhole([BATCH, ...example], varies);
}

/** @param whole the extents with the first axis */
export function extentsOfWhole(whole: ExampleShape, varies = whole.includes(null)): Extents {
  const probes = varies ? PROBES : PROBES.slice(0, 1);
  return { example: whole.slice(1), trials: probes.map((probe) => whole.map((extent) => extent ?? probe)) };
}

/** The extents of the inputs of a graph. @param shapes of the inputs, without the examples */
export function inputExtents({ inputs }: Graph, shapes: readonly ExampleShape[]): readonly Extents[] {
  const wholes = inputs.map((tensor) => inputOf(tensor).whole);
  const varies = [...shapes, ...wholes].some((shape) => shape?.includes(null));
  return shapes.map((shape, i) => {
    const whole = wholes[i];
    return whole ? extentsOfWhole(whole, varies) : extentsOf(shape, varies);
  });
}

/**
 * The extents of a layer's outputs. The operators that it calls tell them, and nothing is computed.
 *
 * @throws ShapeError if the layer does not take these inputs
 */
export function traced(backend: Backend, layer: Layer, inputs: readonly Extents[]): readonly Extents[] {
  const trials = existing(inputs[0]).trials.map((_, i) =>
    trial(
      backend,
      layer,
      inputs.map(({ trials }) => existing(trials[i])),
    ),
  );
  const [first = { outputs: [] }, second = first] = trials;
  return first.outputs.map((shape, i) => ({
    example: commonExtents(shape, existing(second.outputs[i])).slice(1),
    trials: trials.map(({ outputs }) => existing(outputs[i])),
  }));
}

/** The operations of one example's forward pass. Undefined if an extent varies. */
export function operationsOf(backend: Backend, layer: Layer, inputs: readonly Extents[]): number | undefined {
  if (inputs.some(({ trials }) => trials.length > 1)) return undefined;
  const shapes = inputs.map(({ trials }) => existing(trials[0]));
  return trial(backend, layer, shapes).operations / (shapes[0]?.[0] ?? 1);
}

interface Trial {
  readonly outputs: readonly Shape[];
  /** Of the whole batch. */
  readonly operations: number;
}

function trial(backend: Backend, layer: Layer, inputs: readonly Shape[]): Trial {
  let outputs: readonly Shape[] = [];
  const { operators } = backend.explain(
    () => {
      const x = inputs.map((shape) => backend.zeros(shape));
      outputs = layer.callAll(x, inferenceContext(backend)).map(({ shape }) => shape);
    },
    `call of the layer ${show(layer.name)}`,
  );
  const examples = inputs[0]?.[0];
  for (const shape of layer.keepsExamples ? outputs : []) {
    if (shape[0] === examples) continue;
    throw new ShapeError(
      `${layer.name}: its output for ${examples} examples is [${shape.join(", ")}], expected the ${examples} examples as the first axis`,
    );
  }
  return { outputs, operations: sum(operators.map(({ operations }) => operations)) };
}

/** The context of layers outside of training. */
export function inferenceContext(backend: Backend): CallContext {
  const zero = backend.zeros([]);
  return { training: false, frozen: false, seed: 0, step: zero, replica: zero };
}

/** The context of layers in a prediction. */
export function predictionContext(backend: Backend): CallContext {
  return { ...inferenceContext(backend), folding: true };
}
