/** One number for both, or height first. */
export type Pair = number | readonly [height: number, width: number];
export type Sides = readonly [beginHeight: number, endHeight: number, beginWidth: number, endWidth: number];

/** The common options of convolutions and pools: the walk of a window over an image. */
export interface WindowOptions {
  readonly strides?: Pair;
  readonly padding?: number | Sides | "same" | "valid";
  readonly dilations?: Pair;
  readonly outputShapeRounding?: "floor" | "ceil";
}

/** The walk of the window along the height or the width. Its taps lie at `p · stride − begin + r · dilation`. */
export interface Axis {
  readonly input: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  /** Declared padding. `end` does not count the overhang of the last window beyond it (ceil). */
  readonly begin: number;
  readonly end: number;
  readonly output: number;
}

/** `[height, width]` of an option that may be one number for both. */
export function pair(value: Pair): readonly [height: number, width: number] {
  return typeof value === "number" ? [value, value] : value;
}

/** `[beginHeight, endHeight, beginWidth, endWidth]` of explicit padding. */
export function sides(value: number | Sides): Sides {
  return typeof value === "number" ? [value, value, value, value] : value;
}

/** The place of tap `r` of output `p` in the input. In the padding it is below 0 or past the end. */
export function tap(axis: Axis, p: number, r: number): number {
  return p * axis.stride - axis.begin + r * axis.dilation;
}

/**
 * Resolves the options along height and width.
 * @throws if the padded input holds no window: no output would be left.
 */
export function resolveAxes(
  input: readonly [height: number, width: number],
  window: readonly [height: number, width: number],
  options: WindowOptions,
): readonly [height: Axis, width: Axis] {
  const strides = pair(options.strides ?? 1);
  const dilations = pair(options.dilations ?? 1);
  const padding = options.padding ?? 0;
  const rounding = options.outputShapeRounding ?? "floor";
  const resolve = (i: 0 | 1): Axis => {
    const walk = { input: input[i], window: window[i], stride: strides[i], dilation: dilations[i] };
    const axis = { ...walk, ...declaredPadding(walk, padding, i) };
    const output = outputExtent(axis, rounding);
    if (output < 1) throw new Error(`oracle: no window fits ${JSON.stringify(axis)}`);
    return { ...axis, output };
  };
  return [resolve(0), resolve(1)];
}

/** The number of input positions from the window's first to its last tap. */
function span(walk: { window: number; dilation: number }): number {
  return (walk.window - 1) * walk.dilation + 1;
}

function declaredPadding(
  walk: { input: number; window: number; stride: number; dilation: number },
  padding: number | Sides | "same" | "valid",
  i: 0 | 1,
): { begin: number; end: number } {
  if (padding === "valid") return { begin: 0, end: 0 };
  if (padding !== "same") {
    const [beginHeight, endHeight, beginWidth, endWidth] = sides(padding);
    return i === 0 ? { begin: beginHeight, end: endHeight } : { begin: beginWidth, end: endWidth };
  }
  // TensorFlow: exactly enough for ⌈input / stride⌉ outputs, with the odd element at the end.
  const output = Math.ceil(walk.input / walk.stride);
  const total = Math.max((output - 1) * walk.stride + span(walk) - walk.input, 0);
  const begin = Math.floor(total / 2);
  return { begin, end: total - begin };
}

function outputExtent(axis: Omit<Axis, "output">, rounding: "floor" | "ceil"): number {
  const steps = (axis.input + axis.begin + axis.end - span(axis)) / axis.stride;
  if (rounding === "floor") return Math.floor(steps) + 1;
  const output = Math.ceil(steps) + 1;
  // PyTorch: the last window must start inside the input or the padding before it.
  return (output - 1) * axis.stride >= axis.input + axis.begin ? output - 1 : output;
}
