import type { ConnectionReport } from "../distributed/nats/serverOptions.js";
import type { RoundReport, WorkerReport } from "../distributed/reports.js";
import type { ConnectionState } from "./connectionState.js";
import { cut, duration, plainText } from "./formats.js";
import { IdleWorkers, type IdleWorkersOptions } from "./idleWorkers.js";
import type { Screen } from "./liveArea.js";
import { type Content, Output } from "./output.js";
import { progressLine, progressLines, RoundClock } from "./trainDisplay.js";
import { type Paint, workerTable } from "./workerTable.js";

/** Milliseconds between two lines of a log. Rounds in between have none, except the last one and those with a validation. */
const BETWEEN_LINES = 1000;

/** A training that has begun. */
export interface ShownRun extends IdleWorkersOptions {
  /** The workers as they are now. */
  readonly workers: () => readonly WorkerReport[];
  /** How workers join. */
  readonly advice: string;
}

interface Last {
  readonly report: RoundReport;
  /** The seconds that were left when it came. */
  readonly left: number;
  /** When it came, in milliseconds. */
  readonly at: number;
}

/** Shows how a training goes: on a terminal a table that is rewritten, elsewhere lines. */
export class TrainView implements Content {
  readonly #output: Output;
  readonly #times = new RoundClock();
  readonly #refused = new Set<string>();
  #last: Last | undefined;
  #written = Number.NEGATIVE_INFINITY;
  #run: (ShownRun & { readonly idle: IdleWorkers; readonly start: number }) | undefined;
  #hasEnded = false;

  constructor(
    screen: Screen,
    private readonly paint: Paint,
    private readonly connection: ConnectionState,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#output = new Output(screen, this);
  }

  /** Shows the connection, until `end`. */
  connect(): void {
    this.#output.log(this.connection.beginning);
    this.#output.begin();
  }

  readonly onConnection = (report: ConnectionReport): void => {
    const lines = this.connection.take(report);
    if (!this.#output.isTerminal) for (const line of lines) this.log(line);
    this.#output.update();
  };

  /** Shows the training too, until `end`. */
  begin(run: ShownRun): void {
    // A line that stays may be longer than the terminal is wide, and can be copied.
    this.log(run.advice);
    this.#run = { ...run, idle: new IdleWorkers(run, this.clock), start: this.clock() };
    this.#output.begin();
    this.#output.update();
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
    if (this.#output.isTerminal) return;
    const isQuiet = now - this.#written < BETWEEN_LINES;
    if (isQuiet && report.validation === undefined && report.round !== report.rounds) return;
    this.#written = now;
    this.log(progressLine(report, left));
  }

  /** Writes a line that stays. */
  log(line: string): void {
    this.#output.log(line);
  }

  /** Leaves the last state of the training on the screen. */
  end(): void {
    this.#hasEnded = true;
    this.#output.end();
  }

  news(): readonly string[] {
    if (this.#hasEnded) return [];
    const ofConnection = this.#output.isTerminal ? [] : this.connection.news();
    const hint = this.connection.isConnected ? this.#run?.idle.take(this.#run.workers()) : undefined;
    return hint === undefined ? ofConnection : [...ofConnection, hint];
  }

  lines({ columns, rows }: { readonly columns: number; readonly rows: number }): readonly string[] {
    const { line, isConnected, secondsSinceReturn } = this.connection;
    const warnings = line === undefined ? [] : [line];
    const warningLines = () => warnings.map((each) => this.paint("yellow", cut(each, columns)));
    // What happened before the training is told by the lines that stay.
    if (!this.#run) return this.#hasEnded ? [] : warningLines();
    const { start, lease } = this.#run;
    const workers = this.#run.workers();
    // Signs of life need some time after a cut.
    const isSettled = isConnected && secondsSinceReturn > lease;
    const isAnyAlive = workers.some(({ isAlive }) => isAlive);
    const isAlone = isSettled && !isAnyAlive;
    // A cut is not found at once. Until then, all workers are silent.
    if (isAlone) warnings.push(workers.length === 0 ? "there is no worker" : "no worker gives a sign of life");
    const progress = this.#last
      ? progressLines(this.#last.report, isConnected && !isAlone ? this.#left(this.#last) : Infinity, columns)
      : [cut(`waiting for the first round, ${duration(Math.floor((this.clock() - start) / 1000))}`, columns)];
    const lines = ["", ...progress, ...warningLines()];
    if (workers.length === 0) return lines;
    // The cursor is in a line of its own below.
    const space = rows - lines.length - 2;
    const isKnown = ({ isAlive }: WorkerReport) => isConnected && (isAlive || (isSettled && isAnyAlive));
    return [...lines, "", ...workerTable(workers, { columns, rows: space, paint: this.paint, isKnown })];
  }

  /** The seconds that are left. The time of the rounds after this one stays, however long this one takes. */
  #left({ report, left, at }: Last): number {
    const later = report.rounds - report.round - 1;
    return Math.max(left - (this.clock() - at) / 1000, (left * later) / (later + 1), 0);
  }
}
