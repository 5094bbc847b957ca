import { ShapeError } from "../../core/errors.js";
import type { Launcher, ShaderConstants, ShaderSource } from "../../core/operation.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import { planStrips } from "./elementwise.js";
import { lanesFor } from "./lanes.js";

/** Neighbouring axes in one. */
interface JoinedAxis {
  readonly extent: number;
  /** For each operand whether it has the axis, or is stretched along it. */
  readonly had: readonly boolean[];
}

/** Joins neighbouring axes of `shape` that each operand has alike, and leaves out those of extent 1. Never empty. */
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

/** As many as shaders/lib/broadcast has room for: the outermost and seven more. */
const MOST_AXES = 8;
/** Inner axes of its shorter form. */
const FEW_INNER_AXES = 3;

/**
 * The shape that two operands are stretched to: numpy's rule.
 *
 * @throws ShapeError where an axis has two extents and none of them is 1, or where more than eight axes in turn are one operand's and the other's
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

/** @throws ShapeError where the axes are too many for a kernel, even joined */
export function checkAxes(operator: string, shape: Shape, operands: readonly Shape[], shown: string): void {
  const { length } = joinAxes(shape, operands);
  if (length <= MOST_AXES) return;
  throw new ShapeError(
    `${operator}: ${length} runs of axes are stretched in turn, expected at most ${MOST_AXES} (${shown}); join axes with transpose and reshape`,
  );
}

/** The kernel's constants and numbers for one pair of operands; see shaders/lib/broadcast. */
interface BroadcastPlan {
  readonly constants: ShaderConstants;
  readonly params: Readonly<Record<string, number>>;
  /** The extent of the outermost axis, and how many lanes lie beneath one step of it. */
  readonly outer: number;
  readonly inner: number;
  readonly lanes: number;
  /** How far one step of the outermost axis takes a and b; 0 where they do not have it. */
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
    // From the innermost axis on, in what the kernel sees the operand as: lanes, or values where it stays along the innermost axis.
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

/** A kernel over an output and the operands that are stretched to its shape. */
interface Broadcast {
  readonly shader: ShaderSource;
  readonly a: Operand;
  /** Where there is one. */
  readonly b?: Operand;
  /** The gradient of the forward's output, where the kernel takes one: of the output's shape. */
  readonly dy?: Operand;
  readonly output: Operand;
  /** Those of the kernel itself. */
  readonly constants?: ShaderConstants;
  /** See the kernel. */
  readonly divisor?: number;
}

interface Operand {
  /** The kernel's. */
  readonly name: string;
  readonly storage: Storage;
  readonly shape: Shape;
}

/** Runs the kernel, in chunks of the outermost of the joined axes where a tensor is more than one binding holds. */
export function launchBroadcast(launcher: Launcher, call: Broadcast): void {
  const { shader, a, b = a, dy, output, divisor = 1 } = call;
  const { constants, params, outer, inner, lanes, aStep, bStep } = planBroadcast(output.shape, [a.shape, b.shape]);
  const whole = { [a.name]: a.storage, [b.name]: b.storage };
  const cut = { [output.name]: output.storage };
  // An operand stays whole where it can: few of its parts begin where a binding may.
  const isCut = ({ storage }: Operand, step: number) => step > 0 && storage.bytes > launcher.traits.maxBindingBytes;
  const [aIsCut, bIsCut] = [isCut(a, aStep), isCut(b, bStep)];
  if (dy) cut[dy.name] = dy.storage;
  if (aIsCut) cut[a.name] = a.storage;
  if (bIsCut) cut[b.name] = b.storage;
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
