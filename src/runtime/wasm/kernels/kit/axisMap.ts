import { Memo, ObjectMemo } from "./memo.js";

/** An input position that an output position takes, and its weight. */
export interface Tap {
  readonly at: number;
  readonly weight: number;
}

/**
 * What each output position of an axis takes from the input positions. The outputs repeat: what output `o + period`
 * takes lies `step` positions beyond what output `o` takes, with the same weights, except near the borders.
 */
export interface AxisMap {
  readonly inputs: number;
  readonly period: number;
  readonly step: number;
  /** By output position, in the order in which they are taken. */
  readonly taps: readonly (readonly Tap[])[];
}

/** @param tapsOf the taps of an output position */
export function axisMap(
  outputs: number,
  inputs: number,
  { period, step }: { readonly period: number; readonly step: number },
  tapsOf: (output: number) => readonly Tap[],
): AxisMap {
  return { inputs, period, step, taps: Array.from({ length: outputs }, (_, output) => tapsOf(output)) };
}

/** Long axes have large maps, so few are kept. */
const maps = new Memo<AxisMap>(128);

/**
 * The same map for the same key. To make one takes longer than a small image does.
 *
 * @param make what it gives depends on the key alone
 */
export function keptMap(key: string, make: () => AxisMap): AxisMap {
  return maps.get(key, make);
}

const transposes = new ObjectMemo<AxisMap, AxisMap>();

/** The map of the gradient: each input position takes from the outputs that take it, in their order. */
export function transposed(map: AxisMap): AxisMap {
  return transposes.get(map, () => transpose(map));
}

function transpose({ inputs, period, step, taps }: AxisMap): AxisMap {
  const takers = Array.from({ length: inputs }, (): Tap[] => []);
  for (const [output, list] of taps.entries()) {
    for (const { at, weight } of list) takers[at]?.push({ at: output, weight });
  }
  return { inputs: taps.length, period: step, step: period, taps: takers };
}

/** Each output is the input of the same position. */
export function identity(extent: number): AxisMap {
  return keptMap(`identity ${extent}`, () =>
    axisMap(extent, extent, { period: 1, step: 1 }, (at) => [{ at, weight: 1 }]),
  );
}

/** Whether each output is the input of the same position. */
export function isIdentity({ inputs, taps }: AxisMap): boolean {
  return taps.length === inputs && taps.every(([tap, ...others], i) => isOne(tap, i) && others.length === 0);
}

function isOne(tap: Tap | undefined, at: number): boolean {
  return tap?.at === at && tap.weight === 1;
}

/** The largest number of taps of an output. */
export function mostTaps({ taps }: AxisMap): number {
  return taps.reduce((most, { length }) => Math.max(most, length), 0);
}
