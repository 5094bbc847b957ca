import { OptionError, ShapeError, show } from "../../core/errors.js";
import { isRefusedPromise } from "../../core/promises.js";
import { type ExampleShape, showExamples } from "./extents.js";

/** Where an error came from, and what it said there. */
interface Located {
  /** The names of the layers around it, and of its own. */
  readonly path: string;
  readonly what: string;
}

const places = new WeakMap<Error, Located>();

/**
 * The error of a layer that refuses its inputs, with the layer's name in its model and the inputs that it got. A
 * TypeError is that of a layer of one's own that cannot compute with them. Other errors stay as they are.
 *
 * @param kind how messages of the layer begin
 * @param name its name in the container
 */
export function located(error: unknown, kind: string, name: string, inputs: readonly ExampleShape[]): unknown {
  if (error instanceof TypeError) {
    const advice =
      inputs.length === 1 && /itera/.test(error.message)
        ? "; a layer of several inputs is a part of a graph: layer.apply([a, b])"
        : "";
    return located(new OptionError(`it failed (${error}${advice})`, { cause: error }), kind, name, inputs);
  }
  if (!(error instanceof OptionError || error instanceof ShapeError)) return error;
  const inside = places.get(error);
  const place = inside
    ? { path: `${name}.${inside.path}`, what: inside.what }
    : { path: name, what: withInputs(error.message.replace(new RegExp(`^${kind}: `), ""), inputs) };
  const message = `${place.path}: ${place.what}`;
  const moved =
    error instanceof ShapeError
      ? new ShapeError(message, { cause: error })
      : new OptionError(message, { cause: error });
  places.set(moved, place);
  return moved;
}

/** The error of a layer whose `call` gave something else than a tensor. */
export function noTensor(kind: string, output: unknown): OptionError {
  const advice = isRefusedPromise(output) ? "; call is not async, and reads no values: it computes with operators" : "";
  return new OptionError(`${kind}: call gave ${show(output)}, expected a tensor${advice}`);
}

/**
 * Messages of layers tell the shape of one example. Messages of operators tell the shape of a trial batch.
 */
function withInputs(message: string, inputs: readonly ExampleShape[]): string {
  if (inputs.length === 0 || message.includes("for each example")) return message;
  return `${message}; its input is ${showExamples(inputs)} for each example`;
}
