import type { ConnectionReport } from "../distributed/nats/serverOptions.js";
import type { ReplicaReport, WorkerState } from "../distributed/workOptions.js";
import type { ConnectionState } from "./connectionState.js";
import { count, cut, elapsed, result, several, time } from "./formats.js";
import type { Screen } from "./liveArea.js";
import { type Content, Output } from "./output.js";

/** Milliseconds between two lines of a log. Replicas in between have none, except the last one. */
const BETWEEN_LINES = 1000;
/** After so many milliseconds without its job, a worker may wait for a name that is wrong. */
const LONG_WAIT = 10_000;
/** After so many milliseconds without a replica, a terminal says that the worker waits, and a log. */
const [PAUSE, LONG_PAUSE] = [3000, 15_000];

type Phase = "connecting" | "waiting" | "beginning" | "working" | "ended";

interface Last {
  readonly report: ReplicaReport;
  /** When it came, in milliseconds. */
  readonly at: number;
}

/** Shows what a worker does: on a terminal one line that is rewritten, elsewhere a line for each event, at most one in a second. */
export class WorkView implements Content {
  readonly #output: Output;
  /** What the worker is at, and since when. */
  #phase: Phase = "connecting";
  #since = 0;
  #last: Last | undefined;
  /** Whether the log has a line of the last replica. */
  #isWritten = true;
  #writtenAt = Number.NEGATIVE_INFINITY;
  /** What was said of the present wait. */
  #isWaitSaid = false;

  constructor(
    screen: Screen,
    private readonly job: string,
    private readonly connection: ConnectionState,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#output = new Output(screen, this);
  }

  /** Whether the worker takes replicas. */
  get hasJoined(): boolean {
    return this.#phase === "working";
  }

  /** Shows the connection, until `end`. */
  connect(): void {
    this.#output.log(this.connection.beginning);
    this.#output.begin();
  }

  readonly onConnection = (report: ConnectionReport): void => {
    const lines = this.connection.take(report);
    if (!this.#output.isTerminal) for (const line of lines) this.log(line);
    if (report.isConnected && this.#phase === "connecting") {
      this.log(`waiting for the job ${this.job}`);
      this.#enter("waiting");
    }
    this.#output.update();
  };

  /** The job is there. */
  found(): void {
    this.#enter("beginning");
  }

  readonly state = (state: WorkerState): void => {
    if (state !== "joined") return;
    this.log(`joined the job ${this.job}`);
    this.#enter("working");
  };

  readonly replica = (report: ReplicaReport): void => {
    const now = this.clock();
    this.#last = { report, at: now };
    this.#isWaitSaid = false;
    this.#isWritten = false;
    if (this.#output.isTerminal) this.#output.update();
    else if (now - this.#writtenAt >= BETWEEN_LINES) this.#write(report);
  };

  /** Leaves the last state on the screen, and writes a line below. */
  end(line?: string): void {
    if (!this.#output.isTerminal && this.#last && !this.#isWritten) this.#write(this.#last.report);
    // On a terminal, what was done stays. What the worker waited for does not.
    this.#enter("ended");
    this.#output.end();
    if (line !== undefined) this.log(line);
  }

  /** Writes a line that stays. */
  log(line: string): void {
    this.#output.log(line);
  }

  news(): readonly string[] {
    if (this.#phase === "ended" || this.#output.isTerminal) return [];
    const ofConnection = this.connection.news();
    if (ofConnection.length > 0 || !this.connection.isConnected || this.#isWaitSaid) return ofConnection;
    const wait = this.#wait(LONG_PAUSE);
    if (wait === undefined) return [];
    this.#isWaitSaid = true;
    return [wait];
  }

  lines({ columns }: { readonly columns: number }): readonly string[] {
    const last = this.#last?.report;
    const wait = this.#phase === "ended" ? undefined : (this.connection.line ?? this.#wait(PAUSE));
    if (wait === undefined) return last ? [liveLine(this.job, last, columns)] : [];
    return [cut(last ? `${wait}; ${several(last.replicas, "replica")} done` : wait, columns)];
  }

  /** What the worker waits for, if it waits for long. */
  #wait(pause: number): string | undefined {
    const now = this.clock();
    const waited = now - this.#since;
    switch (this.#phase) {
      case "waiting":
        if (waited < LONG_WAIT) return undefined;
        return this.#output.isTerminal
          ? `nobody leads a job "${this.job}" on this server for ${elapsed(waited / 1000)}; check --job`
          : `nobody leads a job "${this.job}" on this server yet; check --job`;
      case "working": {
        // A worker says nothing while it computes, so the next replica gets the time of some others.
        const sinceReturn = 1000 * this.connection.secondsSinceReturn;
        const idle = Math.min(now - (this.#last?.at ?? this.#since), sinceReturn);
        if (idle < pause + 3000 * (this.#last?.report.seconds ?? 0)) return undefined;
        return this.#last
          ? `waiting for work for ${elapsed(idle / 1000)}`
          : `no replica is done yet, ${elapsed(idle / 1000)} after joining`;
      }
      default:
        return undefined;
    }
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#since = this.clock();
    this.#isWaitSaid = false;
  }

  #write(report: ReplicaReport): void {
    this.#isWritten = true;
    this.#writtenAt = this.clock();
    this.log(eventLine(report));
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
