import type { Section } from "./sections.js";
import { COLOUR, type Sheet } from "./sheet.js";
import { type Chart, drawChart, logarithmicAxis, roundTicks, type Series, shareAxis } from "./train/chart.js";
import { smoothed } from "./train/curve.js";

/** Values by step, ascending. */
export interface Line {
  /** For the legend, where a chart has several lines. */
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export interface LinesChart {
  readonly title: string;
  /** A logarithmic axis of losses, or percentages up to 100 %. */
  readonly axis: "loss" | "share";
  readonly lines: readonly Line[];
}

/** In pixels. */
const GAP = 48;
const COLOURS = [COLOUR.accent, "#2166ac", "#3c9c97", COLOUR.muted] as const;

/** Charts side by side. */
export function curvesSection(name: string, charts: readonly LinesChart[], height: number): Section {
  return {
    name,
    height,
    draw: (sheet, x, y, inner) => {
      const width = (inner - (charts.length - 1) * GAP) / charts.length;
      for (const [i, chart] of charts.entries()) drawLines(sheet, chart, x + i * (width + GAP), y, width, height);
    },
  };
}

function drawLines(
  sheet: Sheet,
  { title, axis, lines }: LinesChart,
  ...[x, y, width, height]: readonly [x: number, y: number, width: number, height: number]
): void {
  const smooth = lines.map(({ values }) => smoothed(values, Math.floor(values.length / 50)));
  const chart: Chart = {
    title,
    axis: axis === "loss" ? logarithmicAxis(smooth.flat()) : shareAxis(smallestSettled(smooth)),
    stepTicks: roundTicks(Math.max(1, ...lines.map(({ steps }) => steps.at(-1) ?? 1))),
    series: lines.flatMap(({ name, steps, values }, i): Series[] => {
      const line = { steps, values: smooth[i] ?? values, thickness: 2.5, colour: COLOURS[i] ?? COLOUR.muted };
      // A single line needs no name, and there is room to show how much its values vary.
      if (lines.length === 1) return [{ steps, values, thickness: 1, colour: COLOUR.pale }, line];
      return [{ ...line, name }];
    }),
  };
  drawChart(sheet, chart, x, y, width, height);
}

/** The smallest value, but for the first steps, which are guesses. */
function smallestSettled(lines: readonly (readonly number[])[]): number {
  const settled = lines.flatMap((values) => values.slice(Math.floor(values.length / 20)));
  return settled.reduce((a, b) => Math.min(a, b), 1);
}
