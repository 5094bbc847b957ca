import type { Conv2dGeometry } from "../../../../core/geometry.js";
import type { Frame } from "./padImages.js";

/** The frame of a convolution's input. It holds all that windows touch, and nothing else. */
export function frameOf(g: Conv2dGeometry): Frame {
  return {
    ...{ h: g.h, w: g.w, c: g.c, top: g.padTop, left: g.padLeft },
    height: (g.p - 1) * g.strideHeight + (g.r - 1) * g.dilationHeight + 1,
    width: (g.q - 1) * g.strideWidth + (g.s - 1) * g.dilationWidth + 1,
  };
}
