import type { LossReduction } from "../../core/attributes.js";
import { BOUND_FACTOR, roundings } from "../../core/errorBound.js";
import { ShapeError } from "../../core/errors.js";
import type { Launcher, Named, ParamValues, ShaderConstants, ShaderSource } from "../../core/operation.js";
import { OptionReader } from "../../core/options.js";
import { type Shape, sameShape } from "../../core/shape.js";
import type { Bindable } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape, planStrips } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { launchTotal } from "../kit/reduction.js";

/**
 * A loss that compares predictions and targets, element by element. The formulas are in shaders/loss/NAME.wgsl, and
 * again in src/runtime/reference/lossFormulas.ts, with the bound of the error.
 */
export interface PointwiseLoss {
  /** The name of its function, its shader and its formulas. Its gradients are `${name}Backward`. */
  readonly name: string;
  readonly shader: ShaderSource;
  /** The name of the predictions in its function. */
  readonly argument: "predictions" | "logits";
  /** The options besides `reduction`. */
  readonly options?: {
    readonly names: readonly string[];
    /** Numbers for the formulas, and for the shader's `Params`. @throws OptionError */
    read(reader: OptionReader): ParamValues;
  };
}

/** The options that the losses of predictions and targets share. */
export interface PointwiseLossOptions {
  /** The loss is the "mean" (default) of the elements' losses, or their "sum". "none": one loss for each element. */
  readonly reduction?: LossReduction | undefined;
}

/** The gradients of a loss of predictions and targets. */
export interface LossGradients {
  /** float32 of the shape of predictions. */
  readonly dpredictions: Tensor;
  /** float32 of the same shape. */
  readonly dtargets: Tensor;
}

/** One call, checked, with its options read. */
interface LossCall {
  readonly reduction: LossReduction;
  /** float32. */
  readonly numbers: ParamValues;
  /** The shape of the loss. */
  readonly lossShape: Shape;
}

/** The number of tiles that one invocation sums. A longer sum would have too many roundings in a row. */
const TILES_OF_SLICE = 16;
/** Estimated operations for each element. */
const WORK_OF_ELEMENT = 16;
/** For the numbers in `Params` of shaders/lib/pointwise that a loss does not have. */
const NO_NUMBERS: ParamValues = { delta: 1, posWeight: 1 };

/** @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError */
export function pointwiseLoss(
  definition: PointwiseLoss,
  predictions: Tensor,
  targets: Tensor,
  options: PointwiseLossOptions,
): Tensor {
  const { name, argument } = definition;
  checkTensors(name, { [argument]: predictions, targets });
  const call = readCall(definition, name, predictions, targets, options);
  const { reduction, numbers, lossShape } = call;
  const { size } = predictions;
  return execute({
    name,
    inputs: { predictions, targets },
    outputs: { loss: lossShape },
    gpu(launcher, inputs, { loss }) {
      const summed = reduction !== "none";
      const tiles = size / lanesFor(size);
      if (!summed) {
        launcher.forEachBatch(tiles, { ...inputs, loss }, (chunk, count) =>
          launchTiles(launcher, definition, call, size, chunk, count, elementwise(launcher, count)),
        );
        return;
      }
      const slices = Math.ceil(tiles / TILES_OF_SLICE);
      const partial = slices === 1 ? loss : launcher.workspace(slices);
      launcher.forEachBatch(tiles, inputs, (chunk, count, first) =>
        launchTiles(launcher, definition, call, size, { ...chunk, partial }, count, slices, { ADD: first > 0 }),
      );
      if (partial !== loss) launchTotal(launcher, partial, loss);
    },
    cpu: (kernels, inputs, outputs) => kernels.pointwiseLoss({ name, reduction, numbers }, inputs, outputs),
    terms: reduction === "none" ? 1 : 1 + roundings({ terms: size, paired: true }) / BOUND_FACTOR,
    adds: true,
    backward({ inputs: { predictions, targets }, gradient }) {
      const { dpredictions, dtargets } = gradients(definition, call, predictions, targets, gradient("loss"));
      return { predictions: dpredictions, targets: dtargets };
    },
  }).loss;
}

/** @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError */
export function pointwiseLossBackward(
  definition: PointwiseLoss,
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
  options: PointwiseLossOptions,
): LossGradients {
  const operator = `${definition.name}Backward`;
  checkTensors(operator, { [definition.argument]: predictions, targets, dy });
  const call = readCall(definition, operator, predictions, targets, options);
  checkGradientShape(operator, dy, call.lossShape);
  return gradients(definition, call, predictions, targets, dy);
}

function gradients(
  definition: PointwiseLoss,
  call: LossCall,
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
): LossGradients {
  const { name } = definition;
  const { reduction, numbers } = call;
  const { shape, size } = predictions;
  return execute({
    name: `${name}Backward`,
    inputs: { predictions, targets, dy },
    outputs: { dpredictions: shape, dtargets: shape },
    gpu(launcher, { dy, ...inputs }, outputs) {
      const pointwise = { ...inputs, ...outputs };
      const launch = (bindings: Named<Bindable>, count: number) =>
        launchTiles(launcher, definition, call, size, bindings, count, elementwise(launcher, count), {
          GRADIENT: true,
        });
      const tiles = size / lanesFor(size);
      if (reduction === "none") launcher.forEachBatch(tiles, { ...pointwise, dy }, launch);
      else launcher.forEachBatch(tiles, pointwise, (chunk, count) => launch({ ...chunk, dy }, count));
    },
    cpu: (kernels, inputs, outputs) => kernels.pointwiseLossBackward({ name, reduction, numbers }, inputs, outputs),
    terms: 1,
    adds: true,
  });
}

function readCall(
  { argument, options: known }: PointwiseLoss,
  operator: string,
  predictions: Tensor,
  targets: Tensor,
  options: PointwiseLossOptions,
): LossCall {
  const reader = new OptionReader(operator, options, ["reduction", ...(known?.names ?? [])]);
  const reduction = reader.word("reduction", ["mean", "sum", "none"], "mean");
  const numbers = known?.read(reader) ?? {};
  if (!sameShape(targets.shape, predictions.shape)) {
    throw new ShapeError(
      `${operator}: targets is [${targets.shape.join(", ")}], expected the shape of ${argument} [${predictions.shape.join(", ")}]`,
    );
  }
  return { reduction, numbers, lossShape: reduction === "none" ? predictions.shape : [] };
}

/** The number of invocations that walk over the tiles, if they add nothing up. */
function elementwise(launcher: Launcher, tiles: number): number {
  return planStrips(tiles, 1, launcher.traits).strips;
}

/** @param size the elements of the whole tensors @param tiles the tiles of this chunk */
function launchTiles(
  launcher: Launcher,
  { shader }: PointwiseLoss,
  { reduction, numbers }: LossCall,
  size: number,
  bindings: Named<Bindable>,
  tiles: number,
  invocations: number,
  constants: ShaderConstants = {},
): void {
  const lanes = lanesFor(size);
  launcher.launch({
    shader,
    constants: { GRADIENT: false, ADD: false, ...constants, SUMMED: reduction !== "none", FOURS: lanes === 4 },
    params: [{ tiles, scale: reduction === "mean" ? 1 / size : 1 }, numbers, NO_NUMBERS],
    bindings,
    invocations,
    work: tiles * lanes * WORK_OF_ELEMENT,
  });
}

/** A positive number, as float32. @throws OptionError */
export function readPositive(reader: OptionReader, name: string, fallback: number): number {
  const number = Math.fround(reader.finiteNumber(name, fallback));
  if (!(number > 0)) reader.refuse(name, reader.given(name), "a positive number");
  return number;
}
