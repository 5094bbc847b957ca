import { ShapeError } from "../../core/errors.js";
import type { DeviceTraits, Launcher, ParamValues, ShaderConstants, ShaderSource } from "../../core/operation.js";
import { type Shape, sameShape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";
import { lanesFor } from "./lanes.js";

/** Software: this many invocations keep all cores busy. On a GPU, each step of a walk has its own invocation. */
const INVOCATIONS_WANTED = 512;
/** Steps of a strip in one iteration of an invocation's loop. */
const TILE_E = 4;

/**
 * Cuts a walk into strips, one for each invocation.
 *
 * @param steps the steps of the whole walk
 * @param walks the number of walks side by side
 */
export function planStrips(steps: number, walks: number, traits: DeviceTraits) {
  const strips = traits.software ? Math.min(steps, Math.ceil(INVOCATIONS_WANTED / walks)) : steps;
  const stepsOfStrip = Math.ceil(steps / strips);
  return { stepsOfStrip, strips: Math.ceil(steps / stepsOfStrip), tile: Math.min(TILE_E, stepsOfStrip) };
}

/** For the numbers in `Params` of shaders/lib/elements that an operator does not have. */
const NO_NUMBERS: ParamValues = { alpha: 0, beta: 0, min: 0, max: 0 };

/**
 * Launches a kernel that computes each element from the elements at the same index of its inputs
 * (shaders/lib/elements), in chunks that fit a binding.
 *
 * @param storages the bindings, by the kernel's names; all of one size
 * @param numbers the operator's options, by the names of `Params`
 * @param constants the kernel's own constants
 */
export function launchElements(
  launcher: Launcher,
  shader: ShaderSource,
  elements: number,
  storages: Readonly<Record<string, Storage>>,
  numbers: ParamValues = NO_NUMBERS,
  constants: ShaderConstants = {},
): void {
  const lanes = lanesFor(elements);
  launcher.forEachBatch(elements, storages, (chunk, count) => {
    const { stepsOfStrip, strips, tile } = planStrips(count / lanes, 1, launcher.traits);
    launcher.launch({
      shader,
      constants: { ...constants, FOURS: lanes === 4, TILE_E: tile },
      params: [{ elements: count / lanes, elementsOfStrip: stepsOfStrip }, numbers, NO_NUMBERS],
      bindings: chunk,
      invocations: strips,
      work: count,
    });
  });
}

/** @throws ShapeError if dy does not have the shape of the forward's output */
export function checkGradientShape(operator: string, dy: Tensor, output: Shape): void {
  if (sameShape(dy.shape, output)) return;
  throw new ShapeError(
    `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${output.join(", ")}]`,
  );
}
