import type { RoundReport } from "../distributed/reports.js";
import type { Judgement } from "../nn/training/judge.js";
import { bar, byteSize, count, cut, duration, result, several, time } from "./formats.js";

/** The bar takes the columns that the words leave, between these limits. */
const SHORTEST_BAR = 4;
const LONGEST_BAR = 30;
/** The time left follows from the mean of so many rounds. */
const RECENT_ROUNDS = 20;

/** Knows how long rounds take. */
export class RoundClock {
  readonly #recent: number[] = [];

  /** Takes a round over. @returns the seconds that are left for all others */
  left({ round, rounds, seconds }: RoundReport): number {
    this.#recent.push(seconds);
    if (this.#recent.length > RECENT_ROUNDS) this.#recent.shift();
    const mean = this.#recent.reduce((sum, each) => sum + each, 0) / this.#recent.length;
    return mean * (rounds - round);
  }
}

/** The progress as two lines of at most `columns` columns. */
export function progressLines(report: RoundReport, left: number, columns: number): readonly string[] {
  const { round, rounds, epoch, epochs, bytes } = report;
  const before = `round ${count(round).padStart(count(rounds).length)} of ${count(rounds)}`;
  const after = `epoch ${epoch} of ${epochs}  ${duration(left)} left`;
  const words = `${before}    ${after}`;
  const space = columns - words.length - "▕▏".length;
  const first =
    space < SHORTEST_BAR
      ? words.replace("    ", "  ")
      : `${before}  ${bar(round / rounds, Math.min(LONGEST_BAR, space))}  ${after}`;
  const second = fitted(
    [
      ...results(report),
      ...(report.validation ? [`validation ${results(report.validation).join(", ")}`] : []),
      `${byteSize(bytes.sent)} up, ${byteSize(bytes.received)} down a round`,
    ],
    columns,
  );
  return [cut(first, columns), second];
}

/** The progress as one line of a log. */
export function progressLine(report: RoundReport, left: number): string {
  const { round, rounds, epoch, epochs, workers, bytes, seconds } = report;
  const alive = workers.filter(({ isAlive }) => isAlive).length;
  return [
    `round ${round}/${rounds}, epoch ${epoch}/${epochs}: ${results(report).join(", ")}`,
    ...(report.validation ? [`validation ${results(report.validation).join(", ")}`] : []),
    `${several(alive, "worker")}, ${time(seconds)}, ${byteSize(bytes.sent)} sent, ${byteSize(bytes.received)} received, ${duration(left)} left`,
  ].join("; ");
}

function results({ loss, metrics }: Judgement): readonly string[] {
  return [result("loss", loss), ...Object.entries(metrics).map(([name, value]) => result(name, value))];
}

/** As many of the parts as there is space for, the first ones first. */
function fitted(parts: readonly string[], columns: number): string {
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : `${line}  ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line === "" ? cut(parts[0] ?? "", columns) : line;
}
