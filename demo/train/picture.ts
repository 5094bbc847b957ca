import { blueRed, ink } from "../colours.js";
import { curvesSection } from "../curves.js";
import { gallerySection, type Picture } from "../gallery.js";
import { coloured, filtersOf, firstImages, type HostTensor, largest } from "../images.js";
import { drawPage, type Section } from "../sections.js";
import type { LearningCurve } from "./curve.js";

/** A test digit that the network got wrong. */
export interface Mistake {
  /** [1, 28, 28, 1], 0 to 1 */
  readonly digit: HostTensor;
  readonly label: number;
  readonly predicted: number;
  /** 0 to 1 */
  readonly confidence: number;
}

export interface PictureContent {
  readonly title: string;
  /** The device and the result. */
  readonly subtitle: string;
  readonly curve: LearningCurve;
  /** The filters of the first layer, [height, width, 1, filters]. */
  readonly filters: HostTensor;
  /** The mistakes. The picture shows the first ones. */
  readonly mistakes: readonly Mistake[];
}

/** In pixels. */
const WIDTH = 1408;
const CHART_HEIGHT = 300;
const FILTER = { scale: 20, gap: 20 } as const;
const MISTAKE = { scale: 4, columns: 10, rows: 3 } as const;

/** Draws the learning curve, the filters and the mistakes. @returns a PNG file's bytes */
export function drawPicture({ title, subtitle, curve, filters, mistakes }: PictureContent): Buffer {
  return drawPage({
    title,
    subtitle,
    width: WIDTH,
    sections: [learningCurve(curve), firstFilters(filters), surestMistakes(mistakes)],
  });
}

function learningCurve({ steps, losses, accuracies }: LearningCurve): Section {
  const charts = [
    { title: "Loss by step", axis: "loss", lines: [{ name: "loss", steps, values: losses }] },
    { title: "Accuracy by step", axis: "share", lines: [{ name: "accuracy", steps, values: accuracies }] },
  ] as const;
  return curvesSection("Learning curve", charts, CHART_HEIGHT);
}

function firstFilters(filters: HostTensor): Section {
  const images = filtersOf(filters);
  const map = blueRed(largest(images));
  return {
    name: "What the first layer looks for",
    height: (images[0]?.height ?? 0) * FILTER.scale,
    draw: (sheet, left, top) => {
      let x = left;
      for (const filter of images) {
        sheet.image(filter, x, top, FILTER.scale, map);
        x += filter.width * FILTER.scale + FILTER.gap;
      }
      sheet.colourBar(map, x + FILTER.gap, top);
    },
  };
}

function surestMistakes(mistakes: readonly Mistake[]): Section {
  const map = ink(1);
  const shown = mistakes.slice(0, MISTAKE.columns * MISTAKE.rows);
  const pictures = shown.flatMap(({ digit, label, predicted, confidence }): Picture[] =>
    firstImages(digit, 1).map((image) => ({
      image: coloured(image, map),
      captions: [`${label}, taken for ${predicted}`, `${(100 * confidence).toFixed(1)} % sure`],
    })),
  );
  const note = `${shown.length} of ${mistakes.length}; below each what it is, and what the network took it for.`;
  return gallerySection("Its surest mistakes", pictures, { ...MISTAKE, note });
}
