import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { count } from "../../look/words.js";
import type { Drawn } from "./series.js";

/** What one chart shows. */
export interface Measure {
  readonly logarithmic: boolean;
  /** The marks on a scale between these ends. */
  marks(least: number, most: number): number[];
  format(value: number): string;
  /** The ends of the scale. They change seldom, so a curve does not jump. */
  range(drawn: Drawn): readonly [number, number];
}

export interface Tested {
  readonly step: number;
  readonly value: number;
}

const FONT = '12px system-ui, "DejaVu Sans", sans-serif';
const AXIS_WIDTH = 48;
const AXIS_HEIGHT = 24;
/** Of the dot of a test. */
const DOT = 5;

/** A chart in an element. Its colours are those of the page, at the time of each drawing. */
export class Chart {
  readonly #plot: uPlot;
  #range: readonly [number, number];

  /** @param point hears of the step under the pointer; undefined when it has left */
  constructor(
    private readonly element: HTMLElement,
    private readonly measure: Measure,
    point: (step: number | undefined) => void,
  ) {
    const { logarithmic, marks, format } = measure;
    this.#range = measure.range({ steps: [], raw: [], smooth: [] });
    const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
    const axis = { stroke: colour("--quiet"), font: FONT, ticks: { show: false } };
    this.#plot = new uPlot(
      {
        ...this.#size(),
        legend: { show: false },
        padding: [8, 16, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: {
          x: { time: false, range: (_, __, most) => [0, Math.max(most ?? 0, 20)] },
          y: { distr: logarithmic ? 3 : 1, range: () => [...this.#range] },
        },
        axes: [
          {
            ...axis,
            size: AXIS_HEIGHT,
            space: 64,
            grid: { show: false },
            incrs: [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000],
            values: (_, splits) => splits.map((step) => count(step)),
          },
          {
            ...axis,
            size: AXIS_WIDTH,
            grid: { stroke: colour("--line"), width: 1 },
            splits: () => marks(...this.#range),
            filter: (_, splits) => splits,
            values: (_, splits) => splits.map(format),
          },
        ],
        series: [
          {},
          { stroke: colour("--magnitude-weak"), width: 1, points: { show: false } },
          { stroke: colour("--magnitude"), width: 2, points: { show: false } },
          {
            paths: () => null,
            points: { show: true, size: DOT, width: 0, fill: colour("--ink"), stroke: colour("--ink") },
          },
        ],
        hooks: {
          setCursor: [
            (plot) => {
              const { idx, left = -1 } = plot.cursor;
              point(left < 0 || typeof idx !== "number" ? undefined : plot.data[0][idx]);
            },
          ],
        },
      },
      [[], [], [], []],
      element,
    );
  }

  draw(drawn: Drawn, tests: readonly Tested[]): void {
    this.#range = this.measure.range(drawn);
    const main: uPlot.AlignedData = [[...drawn.steps], [...drawn.raw], [...drawn.smooth]];
    const joined = uPlot.join([main, [tests.map(({ step }) => step), tests.map(({ value }) => value)]]);
    this.#plot.setData(joined);
  }

  /** Fits it into its element, or gives it the colours that hold now. */
  resize(): void {
    this.#plot.setSize(this.#size());
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #size(): { width: number; height: number } {
    const { clientWidth, clientHeight } = this.element;
    return { width: Math.max(clientWidth, 80), height: Math.max(clientHeight, 60) };
  }
}
