import type { RoundReport, WorkerReport } from "../distributed/reports.js";
import { cut, duration, plainText } from "./formats.js";
import { LiveArea, type Screen } from "./liveArea.js";
import { progressLine, progressLines, RoundClock } from "./trainDisplay.js";
import { type Paint, workerTable } from "./workerTable.js";

/** Milliseconds from one frame to the next. */
const BETWEEN_FRAMES = 250;
/** Milliseconds between two lines of a log. Rounds in between have none, except the last one and those with a validation. */
const BETWEEN_LINES = 1000;

interface Last {
  readonly report: RoundReport;
  /** The seconds that were left when it came. */
  readonly left: number;
  /** When it came, in milliseconds. */
  readonly at: number;
}

/** Shows how a training goes: on a terminal a table that is rewritten, elsewhere lines. */
export class TrainView {
  readonly #area: LiveArea | undefined;
  readonly #times = new RoundClock();
  readonly #refused = new Set<string>();
  readonly #start: number;
  #last: Last | undefined;
  #written = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setInterval> | undefined;
  #workers: () => readonly WorkerReport[] = () => [];

  /** @param advice how workers join */
  constructor(
    private readonly screen: Screen,
    private readonly paint: Paint,
    private readonly advice: string,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#start = clock();
    this.#area = screen.isTTY ? new LiveArea(screen) : undefined;
  }

  /** Shows the workers as they are now, until `end`. */
  begin(workers: () => readonly WorkerReport[]): void {
    this.#workers = workers;
    // A line that stays may be longer than the terminal is wide, and can be copied.
    this.log(this.advice);
    if (!this.#area) return;
    this.#timer = setInterval(() => this.#draw(), BETWEEN_FRAMES);
    this.#draw();
  }

  report(report: RoundReport): void {
    const now = this.clock();
    const left = this.#times.left(report);
    this.#last = { report, left, at: now };
    for (const { worker, why } of report.refused) {
      if (this.#refused.has(worker)) continue;
      this.#refused.add(worker);
      this.log(this.paint("red", plainText(`refused ${worker}: ${why}`)));
    }
    if (this.#area) return;
    const isQuiet = now - this.#written < BETWEEN_LINES;
    if (isQuiet && report.validation === undefined && report.round !== report.rounds) return;
    this.#written = now;
    this.log(progressLine(report, left));
  }

  /** Writes a line that stays. */
  log(line: string): void {
    if (this.#area) this.#area.log(line, this.#timer ? this.#lines(this.#area) : []);
    else this.screen.write(`${line}\n`);
  }

  /** Leaves the last state on the screen. */
  end(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#draw();
    this.#timer = undefined;
    this.#area?.end();
  }

  #draw(): void {
    if (this.#area) this.#area.draw(this.#lines(this.#area));
  }

  #lines({ columns, rows }: LiveArea): readonly string[] {
    const workers = this.#workers();
    const now = this.clock();
    const seconds = (now - this.#start) / 1000;
    const isAlone = !workers.some(({ isAlive }) => isAlive);
    const progress = this.#last
      ? progressLines(this.#last.report, Math.max(0, this.#last.left - (now - this.#last.at) / 1000), columns)
      : [cut(`waiting for the first round, ${duration(Math.floor(seconds))}`, columns)];
    const lines = ["", ...progress, ...(isAlone ? [this.paint("yellow", cut("there is no worker", columns))] : [])];
    if (workers.length === 0) return lines;
    // The cursor is in a line of its own below.
    const space = rows - lines.length - 2;
    return [...lines, "", ...workerTable(workers, { columns, rows: space, paint: this.paint })];
  }
}
