import type { Conv2dGeometry } from "../../../../core/geometry.js";

/**
 * Some positions of the input, along one axis: every `stride`-th from `start` on. The same taps of the filter reach all
 * of them, each in the next output.
 */
export interface Phase {
  readonly start: number;
  /** The number of positions. */
  readonly count: number;
  /** The taps that reach them: `lastTap`, `lastTap − tapStep`, …. There may be none. */
  readonly taps: number;
  readonly lastTap: number;
  /** The output that `lastTap` takes to the position `start`. It may be negative or beyond the outputs. */
  readonly first: number;
}

/** An axis of a convolution. The next tap of a phase is `tapStep` taps earlier, and reads an output `step` later. */
export interface PhasedAxis {
  readonly phases: readonly Phase[];
  readonly stride: number;
  readonly outputs: number;
  readonly tapStep: number;
  readonly step: number;
}

/** Both axes of a convolution: rows and columns. */
export function phasesOf(g: Conv2dGeometry): readonly [PhasedAxis, PhasedAxis] {
  return [
    phasedAxis({
      ...{ extent: g.h, taps: g.r, outputs: g.p, stride: g.strideHeight, dilation: g.dilationHeight },
      ...{ padding: g.padTop, tapStep: g.tapStepHeight, step: g.outputStepHeight },
    }),
    phasedAxis({
      ...{ extent: g.w, taps: g.s, outputs: g.q, stride: g.strideWidth, dilation: g.dilationWidth },
      ...{ padding: g.padLeft, tapStep: g.tapStepWidth, step: g.outputStepWidth },
    }),
  ];
}

interface Axis {
  readonly extent: number;
  readonly taps: number;
  readonly outputs: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  readonly tapStep: number;
  readonly step: number;
}

function phasedAxis({ extent, taps, outputs, stride, dilation, padding, tapStep, step }: Axis): PhasedAxis {
  const phaseFrom = (start: number): Phase => {
    const count = Math.ceil((extent - start) / stride);
    // Tap r takes output p to the position p · stride + r · dilation − padding.
    let tap = 0;
    while (tap < Math.min(taps, tapStep) && (start + padding - tap * dilation) % stride !== 0) tap++;
    const reaching = tap < Math.min(taps, tapStep) ? Math.ceil((taps - tap) / tapStep) : 0;
    const lastTap = tap + (reaching - 1) * tapStep;
    return { start, count, taps: reaching, lastTap, first: (start + padding - lastTap * dilation) / stride };
  };
  const phases = Array.from({ length: Math.min(stride, extent) }, (_, start) => phaseFrom(start));
  return { phases, stride, outputs, tapStep, step };
}

/** How far the taps read before the first output and beyond the last one. */
export function overhang({ phases, outputs, step }: PhasedAxis): { readonly before: number; readonly after: number } {
  const reached = phases.filter(({ taps }) => taps > 0);
  return {
    before: Math.max(0, ...reached.map(({ first }) => -first)),
    after: Math.max(0, ...reached.map(({ first, taps, count }) => first + (taps - 1) * step + count - outputs)),
  };
}
