import dropoutShader from "../../../shaders/elementwise/dropout.wgsl";
import type { DropoutMask } from "../../core/attributes.js";
import type { Backend } from "../../core/backend.js";
import { OptionError, ShapeError } from "../../core/errors.js";
import { copyOptions, OptionReader } from "../../core/options.js";
import { halves } from "../../core/random.js";
import { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";

/** The options of {@link dropout} and {@link dropoutBackward}. */
export interface DropoutOptions {
  /** The probability that an element is dropped, in [0, 1). Required. */
  readonly rate: number;
  /**
   * An integer from 0 to 2⁵³ − 1. Required. Give each layer of a network its own seed. Layers with the same seed drop
   * the same elements.
   */
  readonly seed: number;
  /**
   * The number of the seed's mask: an integer from 0 to 2²⁴. 0 if left out. Count it up during training, because the
   * same step drops the same elements. It may be a float32 tensor of one element, which can be counted up on the
   * device. The mask is unspecified if the tensor holds another number.
   */
  readonly step?: number | Tensor | undefined;
  /**
   * The number of the replica, if a batch is cut into slices that are computed apart: an integer from 0 to 2047. 0 if
   * left out. Replicas of the same seed and step drop other elements. As `step`, it may be a float32 tensor of one
   * element.
   */
  readonly replica?: number | Tensor | undefined;
}

/**
 * Inverted dropout (Srivastava et al., "Dropout", JMLR 15, 2014; scaled while training, as Keras and PyTorch do): each
 * element is kept with the probability 1 − rate and divided by this probability. Otherwise it becomes 0, even if it was
 * NaN. The choice depends on nothing but seed, step, replica and the index of the element. It is the same on every
 * backend (src/core/random.ts).
 *
 * @param x float32 of any shape
 * @param options `rate` and `seed` are required. See {@link DropoutOptions}
 * @returns y, float32 of x's shape
 * @throws OptionError if x is not a tensor or an option is invalid; ShapeError if `step` or `replica` is a tensor of
 * more than one element; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2, 3, 4, 5, 6]);
 * await dropout(x, { rate: 0.5, seed: 6 }).read(); // [2, 0, 6, 0, 0, 0]
 * // The next step of a training drops other elements.
 * await dropout(x, { rate: 0.5, seed: 6, step: 1 }).read(); // [0, 0, 6, 8, 0, 12]
 * ```
 */
export function dropout(x: Tensor, options: DropoutOptions): Tensor {
  return dropoutOf("dropout", "x", x, options);
}

/** The forward or the gradient: the same function, of x or of dy. */
export function dropoutOf(operator: string, argument: string, x: Tensor, options: DropoutOptions): Tensor {
  checkTensors(operator, { [argument]: x });
  const { mask, step, replica } = readDropout(operator, options);
  const given = copyOptions(options);
  const { backend } = x;
  const tensors = Object.entries({ step, replica }).filter(
    (entry): entry is [string, Tensor] => entry[1] instanceof Tensor,
  );
  checkTensors(operator, { [argument]: x, ...Object.fromEntries(tensors) });
  return backend.tidy(
    () =>
      execute({
        name: operator,
        inputs: { x, step: scalar(backend, step), replica: scalar(backend, replica) },
        outputs: { y: x.shape },
        gpu(launcher, { x, step, replica }, { y }) {
          const lanes = lanesFor(x.elements);
          const [seedLow, seedHigh] = halves(mask.seed);
          launcher.forEachBatch(x.elements / lanes, { x, y }, (chunk, tiles, firstTile) => {
            const { params, invocationsPerRow } = inStrips(launcher.traits, 1, tiles, 1);
            launcher.launch({
              shader: dropoutShader,
              constants: { FOURS: lanes === 4 },
              params: {
                ...mask,
                seedLow,
                seedHigh,
                tiles,
                firstTile,
                tilesOfInvocation: params.tilesOfStrip,
              },
              bindings: { ...chunk, step, replica },
              invocations: invocationsPerRow,
              work: 10 * tiles * lanes,
            });
          });
        },
        cpu: (kernels, inputs, outputs) => kernels.dropout(mask, inputs, outputs),
        terms: 1,
        backward: ({ inputs: { step, replica }, gradient }) => ({
          x: dropoutOf("dropoutBackward", "dy", gradient("y"), { ...given, step, replica }),
        }),
      }).y,
  );
}

function scalar(backend: Backend, number: number | Tensor): Tensor {
  return number instanceof Tensor ? number : backend.full([], number);
}

interface ReadDropout {
  readonly mask: DropoutMask;
  readonly step: number | Tensor;
  readonly replica: number | Tensor;
}

/** @throws OptionError if an option is invalid; ShapeError */
function readDropout(operator: string, options: DropoutOptions): ReadDropout {
  const reader = new OptionReader(operator, options, ["rate", "seed", "step", "replica"]);
  const rate = reader.numberFrom("rate", 0, 1);
  const seed = reader.integer("seed", 0);
  const threshold = Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1);
  const mask = { seed, threshold, scale: Math.fround(1 / (1 - rate)) };
  const { step = 0, replica = 0 } = options;
  for (const [name, value] of Object.entries({ step, replica })) {
    if (!(value instanceof Tensor)) reader.integer(name, 0, 0);
    else if (value.size !== 1) {
      throw new ShapeError(`${operator}: ${name} is [${value.shape.join(", ")}], expected one element`);
    }
  }
  if (typeof step === "number" && step > LARGEST_STEP) {
    throw new OptionError(
      `${operator}: step is ${step}, expected at most 2²⁴ = ${LARGEST_STEP}, as float32 counts no further`,
    );
  }
  if (typeof replica === "number" && replica > LARGEST_REPLICA) {
    throw new OptionError(`${operator}: replica is ${replica}, expected at most ${LARGEST_REPLICA}`);
  }
  return { mask, step, replica };
}

const LARGEST_STEP = 2 ** 24;
/** Below 2¹¹: beside the 21 bits of a seed's high half, a word of the hash has 11 more. */
const LARGEST_REPLICA = 2 ** 11 - 1;
