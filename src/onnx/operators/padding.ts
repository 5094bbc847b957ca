import { ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { slice } from "../../ops/arrange/slice.js";
import { pad2d } from "../../ops/pad/pad2d.js";
import { checkExtent } from "../host/arrays.js";
import { present } from "../host/present.js";
import type { Operands } from "../layers/operands.js";
import type { Operation } from "./elementwise.js";
import { orderIn, rowsOf } from "./shaping.js";

/** The padding before and after each axis of the tensor in memory. Negative ones cut. */
type Sides = readonly (readonly [before: number, after: number])[];

const MODES = { constant: "constant", reflect: "reflection", edge: "edge" } as const;

function padOf(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const mode = operands.attributes.text("mode", "constant");
  const value = operands.list(2)?.[0] ?? operands.attributes.number("value", 0);
  const sides = sidesOf(operands, x);
  const cut = cutSides(x, sides);
  const added: Sides = sides.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]);
  if (added.every(([before, after]) => before + after === 0)) return cut;
  const known = mode === "constant" || mode === "reflect" || mode === "edge" ? MODES[mode] : undefined;
  const [[n0, n1] = [0, 0], [top, bottom] = [0, 0], [left, right] = [0, 0], [c0, c1] = [0, 0]] = added;
  if (known && x.shape.length === 4 && n0 + n1 + c0 + c1 === 0) {
    return pad2d(cut, { padding: [top, bottom, left, right], mode: known, value });
  }
  if (known === "constant") return constantSides(cut, added, value);
  return added.reduce((y, [before, after], axis) => repeatedSides(y, axis, before, after, mode), cut);
}

function sidesOf(operands: Operands, x: Tensor): Sides {
  const { attributes } = operands;
  const pads = attributes.list("pads") ?? attributes.list("paddings") ?? operands.list(1) ?? [];
  const rank = x.shape.length;
  const axes = operands.list(3)?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? [...x.shape.keys()];
  if (pads.length !== 2 * axes.length || axes.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= rank)) {
    throw new ShapeError(`its pads [${pads.join(", ")}] do not fit ${axes.length} axes of ${rank}`);
  }
  return orderIn(operands, x).map((axis) => {
    const i = axes.indexOf(axis);
    return i < 0 ? [0, 0] : [present(pads[i]), present(pads[i + axes.length])];
  });
}

function cutSides(x: Tensor, sides: Sides): Tensor {
  const starts = sides.map(([before]) => Math.max(0, -before));
  const sizes = x.shape.map((extent, axis) => extent - present(starts[axis]) - Math.max(0, -(sides[axis]?.[1] ?? 0)));
  return sizes.every((size, axis) => size === x.shape[axis]) ? x : slice(x, starts, sizes);
}

function constantSides(x: Tensor, sides: Sides, value: number): Tensor {
  return sides.reduce((y, [before, after], axis) => {
    const part = (extent: number) => (extent === 0 ? [] : [y.backend.full(y.shape.with(axis, extent), value)]);
    return before + after === 0 ? y : concat([...part(before), y, ...part(after)], axis);
  }, x);
}

/** The edge repeated, the mirror image without the edge, or the other side again. */
function repeatedSides(x: Tensor, axis: number, before: number, after: number, mode: string): Tensor {
  const extent = present(x.shape[axis]);
  if (before + after === 0) return x;
  if (mode === "reflect" && Math.max(before, after) >= extent) {
    throw new ShapeError(`its pads of ${before} and ${after} are too many for the mirror image of ${extent} elements`);
  }
  const rows = Array.from({ length: checkExtent(before + extent + after) }, (_, i) => {
    const at = i - before;
    if (mode === "edge") return Math.min(extent - 1, Math.max(0, at));
    if (mode === "wrap") return ((at % extent) + extent) % extent;
    return at < 0 ? -at : at >= extent ? 2 * extent - 2 - at : at;
  });
  return rowsOf(x, axis, rows);
}

export const PADDING: Readonly<Record<string, Operation>> = { Pad: padOf };
