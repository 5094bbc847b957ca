import { COLOUR, type Sheet, TEXT } from "../sheet.js";

export interface Series {
  /** The positions of the values along the bottom, ascending. */
  readonly steps: readonly number[];
  readonly values: readonly number[];
  readonly thickness: number;
  readonly colour: string;
  /** Stands beside the title, in the series' colour. Left out, the series has no legend. */
  readonly name?: string;
}

/** A value axis: the position of a value from 0 (bottom) to 1 (top), and the values to write on it. */
export interface ValueAxis {
  readonly position: (value: number) => number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

export interface Chart {
  readonly title: string;
  readonly axis: ValueAxis;
  /** The steps that are written along the bottom. */
  readonly stepTicks: readonly number[];
  readonly series: readonly Series[];
}

/** A logarithmic axis from the smallest value to the largest, with marks at 1, 3, 10, … */
export function logarithmicAxis(values: readonly number[]): ValueAxis {
  const positive = values.filter((value) => value > 0 && value < Infinity);
  const low = Math.log10(positive.reduce((a, b) => Math.min(a, b), 1));
  const high = Math.max(low + 1, Math.log10(positive.reduce((a, b) => Math.max(a, b), 0.1)));
  const decades = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
  return {
    position: (value) => (Math.log10(value) - low) / (high - low),
    // 3 ≈ √10 lies in the middle.
    ticks: decades.flatMap((decade) => [10 ** decade, 3 * 10 ** decade]),
    format: (value) => String(Number(value.toPrecision(1))),
  };
}

/** An axis of percentages, from a round one below the smallest value to 100 %. */
export function shareAxis(smallest: number): ValueAxis {
  const step = [0.01, 0.02, 0.05, 0.1].find((step) => (1 - smallest) / step <= 5) ?? 0.2;
  const count = Math.max(1, Math.ceil((1 - smallest) / step - 1e-9));
  const low = 1 - count * step;
  return {
    position: (value) => (value - low) / (1 - low),
    ticks: Array.from({ length: count + 1 }, (_, i) => 1 - i * step),
    format: (value) => `${Math.round(100 * value)} %`,
  };
}

/** Round numbers along an axis from 0 to `last`, about five. */
export function roundTicks(last: number): number[] {
  const rough = last / 5;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 5, 10].find((digit) => digit * decade >= rough) ?? 10) * decade);
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}

const TITLE_HEIGHT = 34;
const AXIS_WIDTH = 58;
const AXIS_HEIGHT = 24;

/** Draws a chart into a rectangle, with its axes and title inside. */
export function drawChart(sheet: Sheet, chart: Chart, x: number, y: number, width: number, height: number): void {
  const { title, axis, stepTicks, series } = chart;
  const [left, top] = [x + AXIS_WIDTH, y + TITLE_HEIGHT];
  const [inner, plot] = [width - AXIS_WIDTH, height - TITLE_HEIGHT - AXIS_HEIGHT];
  const last = Math.max(1, ...series.map(({ steps }) => steps.at(-1) ?? 1));
  const across = (step: number) => left + (step / last) * inner;
  const up = (value: number) => top + (1 - axis.position(value)) * plot;
  const small = { size: TEXT.small, colour: COLOUR.muted };

  sheet.text(title, x, y + 15, { size: TEXT.heading, bold: true });
  let right = x + width;
  for (const { name, colour } of series.toReversed()) {
    if (name === undefined) continue;
    sheet.text(name, right, y + 15, { size: TEXT.small, bold: true, colour, align: "right" });
    right -= sheet.widthOf(name, { size: TEXT.small, bold: true }) + 14;
  }
  for (const tick of axis.ticks) {
    const position = axis.position(tick);
    if (!(position >= 0 && position <= 1)) continue;
    sheet.rule(left, Math.round(up(tick)), inner);
    sheet.text(axis.format(tick), left - 8, up(tick) + 4, { ...small, align: "right" });
  }
  for (const tick of stepTicks) {
    sheet.text(tick.toLocaleString("en"), across(tick), top + plot + 20, { ...small, align: "center" });
  }
  for (const { steps, values, thickness, colour } of series) {
    const points = values.flatMap((value, i): [number, number][] => {
      const level = up(value);
      if (Number.isNaN(level)) return [];
      return [[across(steps[i] ?? 0), Math.min(top + plot, Math.max(top, level))]];
    });
    sheet.polyline(points, thickness, colour);
  }
}
