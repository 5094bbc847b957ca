import fc from "fast-check";
import type { GroupNormalizationOptions, LayerNormalizationOptions } from "./float64/groupNormalization.js";
import { at, imageShape, type Operand, sizeOf } from "./float64/operand.js";
import { randomOperand } from "./random.js";

export interface NormalizationCase<Options> {
  readonly x: Operand;
  readonly dy: Operand;
  readonly options: Options;
}

const channels = fc.record({
  level: fc.constantFrom(0, 1, 30, 1e4),
  spread: fc.constantFrom(0.01, 1, 100, 1e30),
  hasScale: fc.boolean(),
  hasBias: fc.boolean(),
  epsilon: fc.constantFrom(undefined, 1e-3, 1),
  seed: fc.nat({ max: 2 ** 31 - 16 }),
});

type Channels = typeof channels extends fc.Arbitrary<infer Values> ? Values : never;

/** Values around a level, with scale, bias and epsilon given or left out. */
function operandsOf(shape: readonly number[], channelShape: readonly number[], given: Channels) {
  const { level, spread, hasScale, hasBias, epsilon, seed } = given;
  return {
    x: { data: randomOperand(shape, seed).data.map((value) => level + value * spread), shape },
    dy: randomOperand(shape, seed + 1),
    options: {
      ...(hasScale ? { scale: randomOperand(channelShape, seed + 2) } : {}),
      ...(hasBias ? { bias: randomOperand(channelShape, seed + 3) } : {}),
      ...(epsilon === undefined ? {} : { epsilon }),
    },
  };
}

/** Any rank and any axes, counted from either end, in any order. Mostly the last axes. */
export function layerNormalizationCase(): fc.Arbitrary<NormalizationCase<LayerNormalizationOptions>> {
  const small = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(16)), { maxLength: 5 });
  const long = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 600 }));
  return fc
    .oneof(small, long)
    .filter((shape) => sizeOf(shape) <= 3000)
    .chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        given: channels,
        axes: axesOf(shape),
        fromEnd: fc.boolean(),
      }),
    )
    .map(({ shape, given, axes, fromEnd }) => {
      const channelShape = axes ? axes.map((axis) => at(shape, axis)) : shape.slice(1);
      const { options, ...operands } = operandsOf(shape, channelShape, given);
      if (!axes) return { ...operands, options };
      return { ...operands, options: { ...options, axes: axes.map((axis) => (fromEnd ? axis - shape.length : axis)) } };
    });
}

/** By default the axes begin with the second, so there must be one. */
function axesOf(shape: readonly number[]): fc.Arbitrary<readonly number[] | undefined> {
  const axes = fc.shuffledSubarray([...shape.keys()]);
  return shape.length > 1 ? fc.option(axes, { nil: undefined }) : axes;
}

/** Images of either layout, with their channels in one group, in groups of one, or in other groups. */
export function groupNormalizationCase(): fc.Arbitrary<NormalizationCase<GroupNormalizationOptions>> {
  return fc
    .record({
      n: fc.integer({ min: 1, max: 4 }),
      h: fc.integer({ min: 1, max: 9 }),
      w: fc.integer({ min: 1, max: 9 }),
      groups: fc.constantFrom(1, 2, 3, 4, 8),
      d: fc.constantFrom(1, 1, 2, 3, 4, 8),
      layout: fc.constantFrom(undefined, "nhwc" as const, "nchw" as const),
      given: channels,
    })
    .map(({ n, h, w, groups, d, layout, given }) => {
      const { options, ...operands } = operandsOf(
        imageShape(layout ?? "nhwc", n, h, w, groups * d),
        [groups * d],
        given,
      );
      return { ...operands, options: { ...options, groups, ...(layout ? { layout } : {}) } };
    });
}
