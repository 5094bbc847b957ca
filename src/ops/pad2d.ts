import pad2dShader from "../../shaders/pad2d.wgsl";
import { type PadMode, pad2d as pad2dOnCpu } from "../cpu/pad2d.js";
import { ShapeError } from "../errors.js";
import type { Layout, Pad2dGeometry, Padding4 } from "../geometry.js";
import { OptionReader } from "../options.js";
import type { Tensor } from "../tensor.js";
import { lanesFor } from "../webgpu/dispatch.js";
import { checkTensors, execute } from "./execute.js";
import { readImage } from "./options.js";
import { inStrips } from "./strips.js";
import { toLayout } from "./transpose.js";

export interface Pad2dOptions {
  /** `[beginHeight, endHeight, beginWidth, endWidth]`, or one number for all four sides. Required. */
  readonly padding: number | Padding4;
  /** "constant" (default); "reflection": the mirror image, the edge itself not repeated; "edge": the edge repeated. */
  readonly mode?: PadMode | undefined;
  /** The constant; 0 if left out. The other modes ignore it. */
  readonly value?: number | undefined;
  /** "nhwc" if left out. */
  readonly layout?: Layout | undefined;
}

/** The shader's numbers for the modes; see shaders/pad2d.wgsl. */
const PAD_MODES = { constant: 0, reflection: 1, edge: 2 } as const;

/**
 * Pads height and width.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @returns float32 [N, beginHeight + H + endHeight, beginWidth + W + endWidth, C], or as `layout` says
 * @throws OptionError; ShapeError, also for a reflection by as much as the input's extent or more; DisposedError, BackendLostError,
 * OutOfMemoryError
 */
export function pad2d(x: Tensor, options: Pad2dOptions): Tensor {
  const backend = checkTensors("pad2d", { x });
  const { geometry: g, mode, value, layout } = readPad2d("pad2d", "x", x.shape, options);
  return backend.tidy(() => {
    const { y } = execute({
      name: "pad2d",
      inputs: { x: toLayout(x, layout, "nhwc") },
      outputs: { y: [g.n, g.p, g.q, g.c] },
      gpu(launcher, { x }, { y }) {
        const lanes = lanesFor(g.c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, g.n * g.p, g.q, g.c / lanes);
        launcher.forEachBatch(g.n, { x, y }, (chunk, n) =>
          launcher.launch({
            shader: pad2dShader,
            constants: { FOURS: lanes === 4, MODE: PAD_MODES[mode] },
            params: { ...g, ...params, n, value },
            bindings: chunk,
            invocations: n * g.p * invocationsPerRow,
            work: n * g.p * g.q * g.c,
          }),
        );
      },
      cpu: ({ x }, { y }) => pad2dOnCpu(g, mode, value, x, y),
      terms: 0,
      linearIn: [],
    });
    return toLayout(y, "nhwc", layout);
  });
}

/** Reads the options of `pad2d` or its gradient. @throws OptionError, ShapeError */
export function readPad2d(operator: string, argument: string, inputShape: unknown, options: Pad2dOptions) {
  const reader = new OptionReader(operator, options, ["padding", "mode", "value", "layout"]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const mode = reader.word("mode", ["constant", "reflection", "edge"], "constant");
  const [padTop, padBottom, padLeft, padRight] = reader.requiredPadding();
  const value = reader.number("value", 0);
  const image = readImage(operator, argument, inputShape, layout);
  const { h, w } = image;
  if (mode === "reflection" && (Math.max(padTop, padBottom) >= h || Math.max(padLeft, padRight) >= w)) {
    throw new ShapeError(
      `${operator}: padding is [${padTop}, ${padBottom}, ${padLeft}, ${padRight}], a reflection has at most H − 1 = ${h - 1} and W − 1 = ${w - 1} to show (${argument} ${layout})`,
    );
  }
  const geometry: Pad2dGeometry = {
    ...image,
    p: padTop + h + padBottom,
    q: padLeft + w + padRight,
    padTop,
    padBottom,
    padLeft,
    padRight,
  };
  return { geometry, mode, value, layout };
}
