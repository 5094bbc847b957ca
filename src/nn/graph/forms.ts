import { OptionError, show } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import type { ExampleShape } from "./extents.js";
import { type GraphInput, type GraphNode, GraphTensor, isNode } from "./graphTensor.js";

/** The shapes of one input, or of several. */
export function shapesIn(given: ExampleShape | readonly ExampleShape[], count: number): readonly ExampleShape[] {
  const isList = (shape: ExampleShape | readonly ExampleShape[]): shape is readonly ExampleShape[] =>
    count > 1 || Array.isArray(shape[0]);
  return isList(given) ? given : [given];
}

/** An input of a graph. */
export function inputOf({ source }: GraphTensor): GraphInput {
  if (isNode(source)) throw new Error("not an input");
  return source;
}

/** The shapes that inputs were made with. Undefined if one has none. */
export function declaredShapes(inputs: readonly GraphTensor[]): readonly ExampleShape[] | undefined {
  const declared = inputs.flatMap(({ source }) => (isNode(source) || !source.shape ? [] : [source.shape]));
  return declared.length === inputs.length ? declared : undefined;
}

/** The values of the inputs of `predict`. None if they are given in no known form. */
export function inputsIn(x: unknown, names: readonly string[]): readonly unknown[] {
  if (Array.isArray(x)) return x;
  const isNamed = typeof x === "object" && x !== null && names.every((name) => name in x);
  if (isNamed && !(x instanceof Tensor)) return names.map((name) => Reflect.get(x, name));
  return names.length === 1 && !isDataset(x) ? [x] : [];
}

function isDataset(x: unknown): boolean {
  return typeof x === "object" && x !== null && ("images" in x || "inputs" in x);
}

/** The name of a layer, or of an input. */
export function nameOf(source: GraphInput | GraphNode): string {
  return isNode(source) ? source.layer.name : (source.name ?? "input");
}

/** Tensors of a graph with their names, if they have some. @throws OptionError */
export function tensorsOf(
  argument: string,
  given: unknown,
): readonly (readonly [name: string | undefined, tensor: GraphTensor])[] {
  const entries: readonly (readonly [string | undefined, unknown])[] =
    given instanceof GraphTensor
      ? [[undefined, given]]
      : Array.isArray(given)
        ? given.map((tensor: unknown) => [undefined, tensor] as const)
        : Object.entries(Object(given));
  const tensors = entries.flatMap(([name, tensor]) => (tensor instanceof GraphTensor ? [[name, tensor] as const] : []));
  if (tensors.length === 0 || tensors.length < entries.length) {
    throw new OptionError(
      `Model: ${argument} is ${show(given)}, expected what input(…) or layer.apply(…) gives, a list of them, or an object by name`,
    );
  }
  return tensors;
}
