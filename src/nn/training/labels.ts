import { OptionError, ShapeError, show } from "../../core/errors.js";
import { existing, sum } from "../../core/objects.js";
import { elementsOf } from "../../core/shape.js";
import type { Judged } from "../compile.js";
import type { Column } from "../data/columns.js";
import type { Examples, Ports } from "../data/dataset.js";
import type { LossName } from "../losses.js";

/** The losses whose labels are probabilities. Those of "softmaxCrossEntropy" may be class numbers instead. */
const OF_PROBABILITIES: readonly unknown[] = ["softmaxCrossEntropy", "binaryCrossEntropy", "dice"];

/**
 * Checks the labels of examples before any weight changes: class numbers must be those of classes, probabilities from
 * 0 to 1, and other labels finite and as many as the output's values. A loss function of one's own gets any labels.
 *
 * @returns a function that gives its examples back. @throws (that function) OptionError, ShapeError
 */
export function checkedLabels(
  operator: string,
  argument: string,
  judged: readonly Judged[],
  ports: Ports,
): (examples: Examples) => Examples {
  return (examples) => {
    checkLabels(operator, argument, examples, judged, ports);
    return examples;
  };
}

function checkLabels(
  operator: string,
  argument: string,
  examples: Examples,
  judged: readonly Judged[],
  ports: Ports,
): void {
  for (const { output, loss } of judged) {
    const column = existing(examples.targets.get(output));
    const extents = existing(ports.outputs.get(output));
    const what = judged.length > 1 ? `${argument}.targets.${output}` : `${argument}.labels`;
    const each = elementsOf(column.shape);
    const fixed = extents.filter((extent) => extent !== null);
    const size = fixed.length === extents.length ? elementsOf(fixed) : undefined;
    const classes = extents.at(-1);
    if (loss.name === undefined) continue;
    if (loss.name === "softmaxCrossEntropy" && classes === 1) {
      throw new OptionError(
        `${operator}: the output ${output} has one class, and "softmaxCrossEntropy" of one class is always 0; use "binaryCrossEntropy", or a unit for each class`,
      );
    }
    const holdsClasses =
      loss.name === "softmaxCrossEntropy" &&
      typeof classes === "number" &&
      (size === undefined || each * classes === size);
    if (!holdsClasses && size !== undefined && each !== size) {
      const shown = `[${extents.join(", ")}]`;
      const expected =
        loss.name === "softmaxCrossEntropy"
          ? `${size / (classes ?? 1)} class numbers or ${size} probabilities`
          : `${size} values`;
      const isFlat = each === classes || (each === 1 && loss.name === "softmaxCrossEntropy");
      const advice = isFlat && extents.length > 1 ? "; is a Flatten or a GlobalAveragePooling2D missing?" : "";
      throw new ShapeError(
        `${operator}: ${what} has ${each} values for each example, expected ${expected}, for the output ${shown}${advice}`,
      );
    }
    checkValues(operator, what, column, allowedLabels(loss.name, holdsClasses ? classes : undefined));
  }
}

/** What a label may be. */
interface Allowed {
  readonly expected: string;
  readonly has: (label: number) => boolean;
}

/** @param classes the number of classes, if labels are class numbers */
function allowedLabels(loss: LossName, classes: number | undefined): Allowed {
  if (classes !== undefined) {
    const has = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
    return { expected: `a class number from 0 to ${classes - 1}`, has };
  }
  if (OF_PROBABILITIES.includes(loss)) {
    const advice =
      loss === "binaryCrossEntropy"
        ? '; for the numbers of several classes, use "softmaxCrossEntropy" and a unit for each class'
        : "";
    // Probabilities that were computed may be a little beyond.
    const has = (label: number) => Math.abs(label - 0.5) <= 0.500001;
    return { expected: `a probability from 0 to 1${advice}`, has };
  }
  // Weights would become NaN.
  return { expected: "a finite number", has: Number.isFinite };
}

function checkValues(operator: string, what: string, column: Column, { expected, has }: Allowed): void {
  const each = elementsOf(column.shape);
  const row = new Float32Array(each);
  for (let example = 0; example < column.examples; example++) {
    column.write(example, row);
    const wrong = row.findIndex((label) => !has(label));
    if (wrong < 0) continue;
    throw new OptionError(`${operator}: ${what}[${example * each + wrong}] is ${row[wrong]}, expected ${expected}`);
  }
}

/**
 * Turns weights of classes into weights of examples, as Keras does: the loss of an example is multiplied by the
 * weight of its class.
 *
 * @throws OptionError
 */
export function withClassWeights(
  operator: string,
  examples: Examples,
  classWeight: unknown,
  judged: readonly Judged[],
  ports: Ports,
): Examples {
  if (classWeight === undefined) return examples;
  const [only, ...others] = judged;
  const column = only && examples.targets.get(only.output);
  const classes = only && ports.outputs.get(only.output)?.at(-1);
  if (!only || others.length > 0 || !column || typeof classes !== "number" || column.shape.length > 1) {
    throw new OptionError(`${operator}: classWeight needs one output, and one class for each example`);
  }
  const factors = readFactors(operator, classWeight, Math.max(2, classes));
  const row = new Float32Array(elementsOf(column.shape));
  const weights = Float32Array.from({ length: examples.count }, (_, example) => {
    column.write(example, row);
    // A row of probabilities has the mean weight.
    const own =
      row.length === 1 ? (factors[existing(row[0])] ?? 1) : sum([...row].map((p, i) => p * (factors[i] ?? 1)));
    return own * (examples.weights?.[example] ?? 1);
  });
  return { ...examples, weights };
}

function readFactors(operator: string, classWeight: unknown, classes: number): readonly number[] {
  const entries: readonly (readonly [unknown, unknown])[] =
    classWeight instanceof Map
      ? [...classWeight]
      : typeof classWeight === "object" && classWeight !== null
        ? Object.entries(classWeight)
        : [];
  const given = new Map(entries.map(([name, factor]) => [String(name), factor]));
  if (given.size === 0) {
    throw new OptionError(
      `${operator}: classWeight is ${show(classWeight)}, expected factors by class such as { 0: 1, 1: 5 }, or a list of them`,
    );
  }
  for (const [name, factor] of given) {
    const isClass = /^\d+$/.test(name) && Number(name) < classes;
    if (isClass && typeof factor === "number" && factor >= 0 && factor < Number.POSITIVE_INFINITY) continue;
    throw new OptionError(
      `${operator}: classWeight[${name}] is ${show(factor)}, expected a finite number ≥ 0 for each class from 0 to ${classes - 1}`,
    );
  }
  return Array.from({ length: classes }, (_, i) => {
    const factor = given.get(String(i));
    return typeof factor === "number" ? factor : 1;
  });
}
