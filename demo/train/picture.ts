import { blueRed, ink } from "../colours.js";
import { filtersOf, firstImages, type HostTensor, type Image, largest } from "../images.js";
import { COLOUR, Sheet, TEXT } from "../sheet.js";
import { type Chart, drawChart, logarithmicAxis, roundTicks, shareAxis } from "./chart.js";
import { type LearningCurve, smoothed } from "./curve.js";

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
const PAGE = { margin: 72, width: 1408, header: 112, section: 62, gap: 48 } as const;
const INNER = PAGE.width - 2 * PAGE.margin;
const CHART = { height: 300, gap: 48 } as const;
const FILTER = { scale: 20, gap: 20 } as const;
const MISTAKE = { scale: 4, columns: 10, rows: 3, captions: 52 } as const;

/** Draws the learning curve, the filters and the mistakes. @returns a PNG file's bytes */
export function drawPicture({ title, subtitle, curve, filters, mistakes }: PictureContent): Buffer {
  const shown = mistakes.slice(0, MISTAKE.columns * MISTAKE.rows);
  const filterImages = filtersOf(filters);
  const mistakeRow = 28 * MISTAKE.scale + MISTAKE.captions;
  const heights = [
    CHART.height,
    (filterImages[0]?.height ?? 0) * FILTER.scale,
    Math.max(1, Math.ceil(shown.length / MISTAKE.columns)) * mistakeRow,
  ];
  const sections = heights.reduce((sum, height) => sum + PAGE.section + height + PAGE.gap, 0);
  const sheet = new Sheet(PAGE.width, PAGE.margin + PAGE.header + sections);
  sheet.text(title, PAGE.margin, PAGE.margin + 24, { size: TEXT.title, bold: true });
  sheet.text(subtitle, PAGE.margin, PAGE.margin + 60, { colour: COLOUR.muted });

  let y = PAGE.margin + PAGE.header;
  const section = (name: string, draw: (top: number) => void, height = 0) => {
    sheet.text(name, PAGE.margin, y, { size: TEXT.body, bold: true, colour: COLOUR.accent, spacing: 2 });
    sheet.rule(PAGE.margin, y + 14, INNER);
    draw(y + PAGE.section - 16);
    y += PAGE.section + height + PAGE.gap;
  };
  section("LEARNING CURVE", (top) => drawCurve(sheet, curve, top), heights[0]);
  section("WHAT THE FIRST LAYER LOOKS FOR", (top) => drawFilters(sheet, filterImages, top), heights[1]);
  section("ITS SUREST MISTAKES", (top) => drawMistakes(sheet, shown, mistakes.length, top), heights[2]);
  return sheet.png();
}

function drawCurve(sheet: Sheet, { steps, losses, accuracies }: LearningCurve, top: number): void {
  const width = (INNER - CHART.gap) / 2;
  const reach = Math.ceil(steps.length / 100);
  const stepTicks = roundTicks(steps.at(-1) ?? 1);
  const chart = (title: string, values: readonly number[], axis: Chart["axis"]): Chart => ({
    title,
    axis,
    steps,
    stepTicks,
    series: [
      { values, thickness: 1, colour: COLOUR.pale },
      { values: smoothed(values, reach), thickness: 2.5, colour: COLOUR.accent },
    ],
  });
  const [smoothLosses, smoothAccuracies] = [smoothed(losses, reach), smoothed(accuracies, reach)];
  drawChart(sheet, chart("Loss by step", losses, logarithmicAxis(smoothLosses)), PAGE.margin, top, width, CHART.height);
  // The first steps are guesses. The later ones matter.
  const settled = smoothAccuracies.slice(Math.floor(smoothAccuracies.length / 20));
  const axis = shareAxis(settled.reduce((a, b) => Math.min(a, b), 1));
  const left = PAGE.margin + width + CHART.gap;
  drawChart(sheet, chart("Accuracy by step", accuracies, axis), left, top, width, CHART.height);
}

function drawFilters(sheet: Sheet, filters: readonly Image[], top: number): void {
  const map = blueRed(largest(filters));
  let x = PAGE.margin;
  for (const filter of filters) {
    sheet.image(filter, x, top, FILTER.scale, map);
    x += filter.width * FILTER.scale + FILTER.gap;
  }
  sheet.colourBar(map, x + FILTER.gap, top);
}

function drawMistakes(sheet: Sheet, shown: readonly Mistake[], count: number, top: number): void {
  if (shown.length === 0) {
    sheet.text("None.", PAGE.margin, top + TEXT.body);
    return;
  }
  sheet.text(
    `${shown.length} of ${count}; below each what it is, and what the network took it for.`,
    PAGE.margin,
    top,
    {
      colour: COLOUR.muted,
    },
  );
  const map = ink(1);
  for (const [i, { digit, label, predicted, confidence }] of shown.entries()) {
    const [image] = firstImages(digit, 1);
    if (!image) continue;
    const edge = image.width * MISTAKE.scale;
    const apart = (INNER - edge) / (MISTAKE.columns - 1);
    const x = Math.round(PAGE.margin + (i % MISTAKE.columns) * apart);
    const y = top + 20 + Math.floor(i / MISTAKE.columns) * (image.height * MISTAKE.scale + MISTAKE.captions);
    sheet.image(image, x, y, MISTAKE.scale, map);
    const caption = `${label}, taken for ${predicted}`;
    const middle = x + edge / 2;
    const below = y + image.height * MISTAKE.scale;
    sheet.text(caption, middle, below + 18, { size: TEXT.small, align: "center" });
    const sure = `${(100 * confidence).toFixed(1)} % sure`;
    sheet.text(sure, middle, below + 35, { size: TEXT.small, colour: COLOUR.muted, align: "center" });
  }
}
