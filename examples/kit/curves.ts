import { curvesSection, type Line, type LinesChart } from "../../demo/curves.js";
import type { Section } from "../../demo/sections.js";

interface GrowingLine extends Line {
  readonly steps: number[];
  readonly values: number[];
}

/** In pixels. */
const HEIGHT = 240;

/** What the training reported, as lines over its steps. */
export class Curves {
  readonly #lines = new Map<string, GrowingLine>();

  /** Adds a point to the lines of these names. @param before comes before each name */
  add(step: number, values: Readonly<Record<string, number>>, before = ""): void {
    for (const [key, value] of Object.entries(values)) {
      const name = before + key;
      const line = this.#lines.get(name) ?? { name, steps: [], values: [] };
      line.steps.push(step);
      line.values.push(value);
      this.#lines.set(name, line);
    }
  }

  /** Takes a line of other curves, under a new name. @throws Error if they have no line of that name */
  copy(from: Curves, line: string, name: string): void {
    const { steps, values } = from.line(line);
    this.#lines.set(name, { name, steps: [...steps], values: [...values] });
  }

  /** @throws Error if there is no line of that name */
  line(name: string): Line {
    const line = this.#lines.get(name);
    if (!line) throw new Error(`there is no line "${name}", there are ${[...this.#lines.keys()].join(", ")}`);
    return line;
  }

  /** The means of the last values of each line, as texts for the progress bar. Accuracies are percentages. */
  shown(count: number): string[] {
    return [...this.#lines.values()].map(({ name, values }) => {
      const last = values.slice(name.startsWith("validation") ? -1 : -count);
      const mean = last.reduce((sum, value) => sum + value, 0) / last.length;
      const text = /accuracy/i.test(name) ? `${(100 * mean).toFixed(1)} %`.padStart(7) : mean.toFixed(3);
      return `${name} ${text}`;
    });
  }
}

/** A chart of some lines: `{ title, axis: "loss" or "share", lines: ["loss"] }`. */
export type ChartOfNames = Omit<LinesChart, "lines"> & { readonly lines: readonly string[] };

/** Charts side by side, as a section of a picture. */
export function curveCharts(curves: Curves, charts: readonly ChartOfNames[]): Section {
  const drawn = charts.map(({ lines, ...chart }) => ({ ...chart, lines: lines.map((name) => curves.line(name)) }));
  return curvesSection("Learning curve", drawn, HEIGHT);
}
