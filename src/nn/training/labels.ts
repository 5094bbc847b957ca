import { OptionError, ShapeError, show } from "../../core/errors.js";
import { existing, sum } from "../../core/objects.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Judged } from "../compile.js";
import type { Examples, Ports } from "../data/dataset.js";

/** The losses whose labels are probabilities. Those of "softmaxCrossEntropy" may be class numbers instead. */
const OF_PROBABILITIES: readonly unknown[] = ["softmaxCrossEntropy", "binaryCrossEntropy", "dice"];

/**
 * Checks the labels of examples before any weight changes: class numbers must be those of classes, probabilities must be
 * from 0 to 1, and labels that are not class numbers must be as many as the output's values.
 *
 * @throws OptionError, ShapeError
 */
export function checkLabels(
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
    const values = { operator, what, count: examples.count, column };
    if (holdsClasses && typeof classes === "number") {
      const isClass = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
      checkValues(values, isClass, `a class number from 0 to ${classes - 1}`);
    } else if (OF_PROBABILITIES.includes(loss.name)) {
      const advice =
        loss.name === "binaryCrossEntropy"
          ? '; for the numbers of several classes, use "softmaxCrossEntropy" and a unit for each class'
          : "";
      checkValues(values, (label) => label >= 0 && label <= 1, `a probability from 0 to 1${advice}`);
    }
  }
}

interface LabelValues {
  readonly operator: string;
  readonly what: string;
  readonly count: number;
  readonly column: { readonly shape: Shape; write(example: number, to: Float32Array): void };
}

/** @throws OptionError that names the first label that is not right */
function checkValues(
  { operator, what, count, column }: LabelValues,
  isRight: (label: number) => boolean,
  expected: string,
): void {
  const each = elementsOf(column.shape);
  const row = new Float32Array(each);
  for (let example = 0; example < count; example++) {
    column.write(example, row);
    for (let i = 0; i < each; i++) {
      const label = existing(row[i]);
      if (isRight(label)) continue;
      throw new OptionError(`${operator}: ${what}[${example * each + i}] is ${label}, expected ${expected}`);
    }
  }
}

/**
 * Turns weights of classes into weights of examples, as Keras does: the loss of an example is multiplied by the weight of
 * its class.
 *
 * @throws OptionError
 */
export function withClassWeights(
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
    throw new OptionError("fit: classWeight needs one output, and one class for each example");
  }
  const factors = readFactors(classWeight, Math.max(2, classes));
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

function readFactors(classWeight: unknown, classes: number): readonly number[] {
  const given = new Map<string, unknown>(
    typeof classWeight === "object" && classWeight !== null ? Object.entries(classWeight) : [],
  );
  if (given.size === 0) {
    throw new OptionError(
      `fit: classWeight is ${show(classWeight)}, expected factors by class such as { 0: 1, 1: 5 }, or a list of them`,
    );
  }
  for (const [name, factor] of given) {
    const isClass = /^\d+$/.test(name) && Number(name) < classes;
    if (isClass && typeof factor === "number" && factor >= 0 && factor < Number.POSITIVE_INFINITY) continue;
    throw new OptionError(
      `fit: classWeight[${name}] is ${show(factor)}, expected a finite number ≥ 0 for each class from 0 to ${classes - 1}`,
    );
  }
  return Array.from({ length: classes }, (_, i) => {
    const factor = given.get(String(i));
    return typeof factor === "number" ? factor : 1;
  });
}
