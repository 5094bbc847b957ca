import { ShapeError } from "../../core/errors.js";
import type { Launcher, ShaderConstants, ShaderSource } from "../../core/operation.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import { planStrips } from "./elementwise.js";
import { lanesFor } from "./lanes.js";

/** One or more neighbouring axes, joined to one. */
interface JoinedAxis {
  readonly extent: number;
  /** For each operand: true if it has the axis, false if it is stretched along it. */
  readonly had: readonly boolean[];
}

/**
 * Joins neighbouring axes of `shape` if each operand has both of them or neither. Leaves out axes of extent 1. The
 * result has at least one axis.
 */
export function joinAxes(shape: Shape, operands: readonly Shape[]): readonly JoinedAxis[] {
  const axes: JoinedAxis[] = [];
  for (const [axis, extent] of shape.entries()) {
    if (extent === 1) continue;
    const had = operands.map((operand) => (operand[axis + operand.length - shape.length] ?? 1) !== 1);
    const last = axes.at(-1);
    if (last && had.every((has, operand) => has === last.had[operand])) {
      axes[axes.length - 1] = { extent: last.extent * extent, had };
    } else {
      axes.push({ extent, had });
    }
  }
  return axes.length > 0 ? axes : [{ extent: 1, had: operands.map(() => true) }];
}

/** shaders/lib/broadcast has room for this many axes: the outermost and seven more. */
const MOST_AXES = 8;
/** The number of inner axes in its form for few axes. */
const FEW_INNER_AXES = 3;

/**
 * The shape that two operands are stretched to, by NumPy's broadcasting rule.
 *
 * @throws ShapeError if an axis has two extents and none of them is 1, or if more than eight axes remain after joining
 */
export function broadcastShape(operator: string, aName: string, aShape: Shape, bName: string, bShape: Shape): Shape {
  const rank = Math.max(aShape.length, bShape.length);
  const shown = `${aName} [${aShape.join(", ")}], ${bName} [${bShape.join(", ")}]`;
  const shape = Array.from({ length: rank }, (_, axis) => {
    const a = aShape[axis + aShape.length - rank] ?? 1;
    const b = bShape[axis + bShape.length - rank] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      throw new ShapeError(
        `${operator}: axis ${axis - rank} of ${bName} has the extent ${b}, expected ${a} as in ${aName}, or 1 (${shown}); use reshape to add axes of extent 1`,
      );
    }
    return Math.max(a, b);
  });
  checkAxes(operator, shape, [aShape, bShape], shown);
  return shape;
}

/** @throws ShapeError if more axes remain after joining than a kernel has room for */
export function checkAxes(operator: string, shape: Shape, operands: readonly Shape[], shown: string): void {
  const { length } = joinAxes(shape, operands);
  if (length <= MOST_AXES) return;
  throw new ShapeError(
    `${operator}: ${length} runs of axes are stretched in turn, expected at most ${MOST_AXES} (${shown}); join axes with transpose and reshape`,
  );
}

/** The kernel's constants and `Params` for one pair of operands; see shaders/lib/broadcast. */
interface BroadcastPlan {
  readonly constants: ShaderConstants;
  readonly params: Readonly<Record<string, number>>;
  /** The extent of the outermost axis, and how many lanes the inner axes have. */
  readonly outer: number;
  readonly inner: number;
  readonly lanes: number;
  /** The strides of a and b along the outermost axis. 0 if the operand is stretched along it. */
  readonly aStep: number;
  readonly bStep: number;
}

/** @param operands the shapes of a and b */
export function planBroadcast(shape: Shape, operands: readonly [Shape, Shape]): BroadcastPlan {
  const joined = joinAxes(shape, operands);
  const innermost = joined.at(-1);
  if (!innermost) throw new Error("unreachable: there is at least one axis");
  const lanes = lanesFor(innermost.extent);
  const extents = joined.map(({ extent }, i) => (i === joined.length - 1 ? extent / lanes : extent));
  const [aStrides = [], bStrides = []] = operands.map((_, operand) => {
    let step = 1;
    // From the innermost axis on. Strides count lanes, or single values if the operand is stretched along the innermost
    // axis.
    return extents.toReversed().map((extent, i) => {
      if (!joined[joined.length - 1 - i]?.had[operand]) return 0;
      const stride = step;
      step *= extent;
      return stride;
    });
  });
  const innerAxes = joined.length - 1;
  const params: Record<string, number> = {};
  for (let axis = 0; axis < MOST_AXES - 1; axis++) {
    const exists = axis < innerAxes;
    params[`extent${axis}`] = exists ? (extents[innerAxes - axis] ?? 1) : 1;
    params[`aStride${axis}`] = exists ? (aStrides[axis] ?? 0) : 0;
    params[`bStride${axis}`] = exists ? (bStrides[axis] ?? 0) : 0;
  }
  const [outer = 1] = extents;
  return {
    constants: {
      FOURS: lanes === 4,
      A_STAYS: !innermost.had[0],
      B_STAYS: !innermost.had[1],
      MANY_AXES: innerAxes > FEW_INNER_AXES,
    },
    params,
    outer,
    inner: extents.slice(1).reduce((product, extent) => product * extent, 1),
    lanes,
    aStep: aStrides[innerAxes] ?? 0,
    bStep: bStrides[innerAxes] ?? 0,
  };
}

/** One launch of a kernel over an output and operands that are stretched to its shape. */
interface Broadcast {
  readonly shader: ShaderSource;
  readonly a: Operand;
  /** Left out if the kernel has one operand. */
  readonly b?: Operand;
  /** More tensors of b's shape, by the kernel's names. */
  readonly besideB?: Readonly<Record<string, Storage>>;
  /** The gradient of the forward's output, if the kernel takes one. It has the output's shape. */
  readonly dy?: Operand;
  readonly output: Operand;
  /** The kernel's own constants. */
  readonly constants?: ShaderConstants;
  /** The `divisor` in the kernel's `Params`, if it has one. */
  readonly divisor?: number;
}

interface Operand {
  /** The kernel's name for it. */
  readonly name: string;
  readonly storage: Storage;
  readonly shape: Shape;
}

/**
 * Launches the kernel. If a tensor does not fit one binding, it launches chunks of the outermost of the joined axes.
 */
export function launchBroadcast(launcher: Launcher, call: Broadcast): void {
  const { shader, a, b = a, besideB = {}, dy, output, divisor = 1 } = call;
  const { constants, params, outer, inner, lanes, aStep, bStep } = planBroadcast(output.shape, [a.shape, b.shape]);
  const whole = { [a.name]: a.storage, [b.name]: b.storage, ...besideB };
  const cut: Record<string, Storage> = { [output.name]: output.storage };
  // An operand is bound whole if it fits, because few of its parts begin at an offset that a binding may have.
  const isCut = ({ storage }: Operand, step: number) => step > 0 && storage.bytes > launcher.traits.maxBindingBytes;
  const [aIsCut, bIsCut] = [isCut(a, aStep), isCut(b, bStep)];
  if (dy) cut[dy.name] = dy.storage;
  if (aIsCut) cut[a.name] = a.storage;
  if (bIsCut) Object.assign(cut, { [b.name]: b.storage, ...besideB });
  launcher.forEachBatch(outer, cut, (chunk, count, first) => {
    const { stepsOfStrip, strips, tile } = planStrips(count, inner, launcher.traits);
    launcher.launch({
      shader,
      constants: { ...call.constants, ...constants, TILE_E: tile },
      params: {
        ...params,
        outer: count,
        outerOfStrip: stepsOfStrip,
        inner,
        aStep,
        bStep,
        aFirst: aIsCut ? 0 : first * aStep,
        bFirst: bIsCut ? 0 : first * bStep,
        divisor,
      },
      bindings: { ...whole, ...chunk },
      invocations: strips * inner,
      work: count * inner * lanes,
    });
  });
}

export function operand(name: string, storage: Storage, shape: Shape): Operand {
  return { name, storage, shape };
}
