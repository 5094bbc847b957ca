import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4, I32x4 } from "../../assembler/vectors.js";
import { Largest } from "../kit/largest.js";
import { pairs } from "../kit/pairs.js";
import { type Walk, type WalkTap, writeWalk } from "../kit/runWalk.js";

export interface GradientForm {
  readonly ties: "first" | "all";
  readonly rectified: boolean;
}

/** Windows of more taps than this are loaded twice, because their values do not fit the registers. */
const MOST_KEPT = 9;

/** Windows that do not overlap. Each gives its dy to its maximum. A unit is a row of windows. */
export function writeGiving(module: ModuleBuilder, { ties, rectified }: GradientForm, windows: Walk): void {
  module.function("windows", ["x", "dy", "dx", "unit", "end"], (f, { x, dy, dx, unit, end }) => {
    const [to, toDx] = [f.i32(), f.i32(dx.sub(x))];
    const largest = new Largest(f);
    const [value, maximum, left] = [f.f32x4(), f.f32x4(), f.f32x4()];
    const hit = f.i32x4();
    const kept = f.vectors(MOST_KEPT);
    writeWalk(f, windows, { input: x, output: dy, unit, end }, ({ input, output, lanes }, taps) => {
      const keeps = taps.length <= MOST_KEPT;
      const valueAt = ({ offset }: WalkTap, i: number) => (keeps ? kept[i] : undefined) ?? F32x4.load(input, offset);
      if (keeps) for (const [i, { offset }] of taps.entries()) kept[i]?.set(F32x4.load(input, offset));
      largest.of(taps.map(valueAt));
      maximum.set(largest.result);
      left.set(F32x4.load(output));
      to.set(input.add(toDx));
      for (const [i, tap] of taps.entries()) {
        value.set(valueAt(tap, i));
        const equal = value.equals(maximum);
        hit.set(ties === "all" ? equal : equal.or(value.differs(value)));
        const given = left.where(hit);
        f.storeLanes(to, rectified ? given.whereNot(value.atMost(F32x4.of(0))) : given, lanes, tap.offset);
        if (ties === "first" && i < taps.length - 1) left.set(left.whereNot(hit));
      }
    });
  });
}

/** The axis along which windows are searched. The weight of a tap along it is its number. */
export type WindowAxis = "row" | "column";

/** One of the two passes that choose. */
export interface ChoiceForm {
  readonly axis: WindowAxis;
  /** Whether it writes the maxima too. */
  readonly keepsMaxima: boolean;
}

/**
 * Writes the number of the first tap that holds the maximum of a window along one axis, or of the first NaN. A unit is a
 * row of windows.
 */
export function writeChoice(module: ModuleBuilder, { axis, keepsMaxima }: ChoiceForm, windows: Walk): void {
  module.function("windows", ["x", "chosen", "maxima", "unit", "end"], (f, { x, chosen, maxima, unit, end }) => {
    const [value, maximum, number, toMaxima] = [f.f32x4(), f.f32x4(), f.f32x4(), f.i32(maxima.sub(chosen))];
    const better = f.i32x4();
    writeWalk(f, windows, { input: x, output: chosen, unit, end }, ({ input, output, lanes }, taps) => {
      // From the last to the first, so the first of equal values stays, and a NaN before another one.
      for (const [i, tap] of [...taps].reverse().entries()) {
        const numbers = I32x4.of(tap[axis].weight).asF32x4();
        if (i === 0) {
          maximum.set(F32x4.load(input, tap.offset));
          number.set(numbers);
        } else {
          value.set(F32x4.load(input, tap.offset));
          better.set(value.atLeast(maximum).or(value.differs(value)));
          maximum.set(value.select(better, maximum));
          number.set(numbers.select(better, number));
        }
      }
      f.storeLanes(output, number, lanes);
      if (keepsMaxima) f.storeLanes(output.add(toMaxima), maximum, lanes);
    });
  });
}

/** One of the two passes that gather. */
export interface GatheringForm extends GradientForm {
  readonly axis: WindowAxis;
}

/**
 * Each element adds the dy of the windows along one axis that chose it. A unit is a row of elements.
 *
 * If the first of equal maxima counts, `chosen` has the number of the chosen tap for each window. If all count, it has
 * the maxima, which are compared with `values`. `values` also says where a rectified gradient is 0.
 */
export function writeGathering(module: ModuleBuilder, form: GatheringForm, elements: Walk): void {
  const { axis, ties, rectified } = form;
  const parameters = ["values", "dy", "chosen", "dx", "unit", "end"] as const;
  module.function("elements", parameters, (f, { values, dy, chosen, dx, unit, end }) => {
    const [toChosen, toValues, choice] = [f.i32(chosen.sub(dy)), f.i32(values.sub(dx)), f.i32()];
    const [value, sum] = [f.f32x4(), f.f32x4()];
    writeWalk(f, elements, { input: dy, output: dx, unit, end }, ({ input, output, lanes }, taps) => {
      choice.set(input.add(toChosen));
      if (ties === "all" || rectified) value.set(F32x4.load(output.add(toValues)));
      const terms = taps.map((tap) => {
        const choices = F32x4.load(choice, tap.offset);
        const hit = ties === "all" ? value.equals(choices) : choices.bits().equals(I32x4.of(tap[axis].weight));
        return F32x4.load(input, tap.offset).where(hit);
      });
      sum.set(terms.length === 0 ? F32x4.of(0) : pairs(terms));
      f.storeLanes(output, rectified ? sum.whereNot(value.atMost(F32x4.of(0))) : sum, lanes);
    });
  });
}
