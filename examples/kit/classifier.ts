import type { Model } from "webgpu-cnn/nn";
import { ink, teal } from "../../demo/colours.js";
import { gallerySection } from "../../demo/gallery.js";
import type { Section } from "../../demo/sections.js";
import { COLOUR, type Sheet, TEXT } from "../../demo/sheet.js";
import { classify, confusionMatrix, confusionTable, mistakes, type Predictions } from "../../demo/train/confusion.js";
import type { Labelled } from "./data.js";
import { type Example, percent } from "./example.js";
import { pictureAt } from "./pictures.js";

/** The results of a classifier on a set of pictures. */
export interface Tested {
  /** The share of right predictions. */
  readonly accuracy: number;
  /** [true class][predicted class] → the number of pictures. */
  readonly matrix: readonly (readonly number[])[];
  readonly predictions: Predictions;
  readonly pictures: Labelled;
  readonly classes: readonly string[];
}

/**
 * Tests a model that gives a logit for each class, and prints the result.
 *
 * @param name what the result is called, such as "test accuracy"
 */
export async function testClassifier(
  example: Example,
  model: Pick<Model, "predictAll">,
  pictures: Labelled,
  classes: readonly string[],
  name = "test accuracy",
): Promise<Tested> {
  const { data } = await model.predictAll(pictures, { batchSize: 250 });
  const predictions = { labels: pictures.labels, ...classify(data, classes.length) };
  const wrong = mistakes(predictions).length;
  const accuracy = 1 - wrong / pictures.labels.length;
  const count = pictures.labels.length.toLocaleString("en");
  example.result(name, `${percent(accuracy)} (${wrong.toLocaleString("en")} of ${count} wrong)`);
  return { accuracy, matrix: confusionMatrix(predictions, classes.length), predictions, pictures, classes };
}

/** Prints the confusion matrix as a table. */
export function printConfusion({ matrix, classes }: Tested): void {
  console.log("\nRows: what it is. Columns: what the network says.\n");
  console.log(`${confusionTable(matrix, classes)}\n`);
}

/** In pixels. */
const CELL = { width: 58, height: 26, names: 110, top: 18 } as const;

/** The confusion matrix as a section of a picture. Mistakes are the darker, the more often they occur. */
export function confusionMap({ matrix, classes }: Tested): Section {
  const worst = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => j !== i)));
  const map = teal(2 * worst);
  return {
    name: "Confusion matrix",
    height: CELL.top + matrix.length * CELL.height,
    draw: (sheet, x, y, width) => {
      const cell = Math.min(CELL.width, Math.floor((width - CELL.names) / classes.length));
      for (const [row, counts] of matrix.entries()) {
        const name = classes[row] ?? String(row);
        const baseline = y + CELL.top + row * CELL.height + 17;
        sheet.text(name, x + CELL.names - 10, baseline, { size: TEXT.small, align: "right" });
        const [left, align] = [x + CELL.names + row * cell + cell / 2, "center"] as const;
        const heading = fitting(sheet, name, cell - 4);
        sheet.text(name, left, y + 8, { size: heading, colour: COLOUR.muted, align });
        for (const [column, count] of counts.entries()) {
          const at = x + CELL.names + column * cell;
          const right = row === column;
          sheet.fill(at, baseline - 17, cell - 1, CELL.height - 1, right ? COLOUR.line : map.colour(count));
          if (count > 0) sheet.text(String(count), at + cell / 2, baseline, { size: TEXT.small, align, bold: right });
        }
      }
    },
  };
}

/** The size of a text that is at most `width` wide. */
function fitting(sheet: Sheet, text: string, width: number): number {
  return Math.min(TEXT.small, (TEXT.small * width) / sheet.widthOf(text, { size: TEXT.small }));
}

/** The mistakes of which the network is most sure, as a section of a picture. */
export function surestMistakes({ predictions, pictures, classes }: Tested, count = 16): Section {
  const { labels, predicted, confidence } = predictions;
  const wrong = mistakes(predictions);
  const map = ink(255);
  const shown = wrong.slice(0, count).map((n) => ({
    image: pictureAt(pictures, n, map),
    captions: [
      String(classes[labels[n] ?? -1]),
      `not ${classes[predicted[n] ?? -1]}`,
      `${(100 * (confidence[n] ?? Number.NaN)).toFixed(0)} % sure`,
    ],
  }));
  return gallerySection("Surest mistakes", shown, { columns: 8, scale: 2 });
}
