import type { ReplicaReport, WorkerState } from "../distributed/workOptions.js";
import { count, cut, result, several, time } from "./formats.js";
import { LiveArea, type Screen } from "./liveArea.js";

/** Shows what a worker does: on a terminal one line that is rewritten, elsewhere a line for each event. */
export class WorkView {
  readonly #area: LiveArea | undefined;
  #line = "";

  constructor(
    private readonly screen: Screen,
    private readonly job: string,
  ) {
    this.#area = screen.isTTY ? new LiveArea(screen) : undefined;
  }

  readonly state = (state: WorkerState): void => {
    // The command says before that it waits: it asks the job which backend it needs.
    if (state === "joined") this.log(`joined the job ${this.job}`);
  };

  readonly replica = (report: ReplicaReport): void => {
    if (this.#area) {
      this.#line = liveLine(this.job, report, this.#area.columns);
      this.#area.draw([this.#line]);
    } else this.screen.write(`${eventLine(report)}\n`);
  };

  /** Leaves the last state on the screen, and writes a line below. */
  end(line: string): void {
    this.#area?.end();
    this.#line = "";
    this.log(line);
  }

  /** Writes a line that stays. */
  log(line: string): void {
    if (this.#area) this.#area.log(line, this.#line === "" ? [] : [this.#line]);
    else this.screen.write(`${line}\n`);
  }
}

/** What a worker did, as a line of at most `columns` columns. */
export function liveLine(job: string, report: ReplicaReport, columns: number): string {
  const { round, rounds, replicas, examples, loss, seconds } = report;
  const parts = [
    `${job}: round ${count(round)} of ${count(rounds)}`,
    `${several(replicas, "replica")} done`,
    result("loss", loss),
    `${count(examples / seconds)} images/s`,
  ];
  const fitting = parts.filter((_, i) => parts.slice(0, i + 1).join("  ").length <= columns);
  return cut(fitting.length > 0 ? fitting.join("  ") : (parts[0] ?? ""), columns);
}

/** The same for a log. */
export function eventLine({ round, rounds, replica, replicas, examples, loss, seconds }: ReplicaReport): string {
  const speed = `${time(seconds)}, ${count(examples / seconds)} images/s`;
  return `round ${round}/${rounds}, replica ${replica}: ${result("loss", loss)}, ${speed}; ${several(replicas, "replica")} done`;
}
