import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LiveArea } from "../../src/command/liveArea.js";
import { progressLine, progressLines, RoundClock } from "../../src/command/trainDisplay.js";
import { TrainView } from "../../src/command/trainView.js";
import { eventLine, liveLine, WorkView } from "../../src/command/workView.js";
import type { RoundReport, WorkerReport } from "../../src/distributed/reports.js";
import type { ReplicaReport } from "../../src/distributed/workOptions.js";
import { Terminal } from "./terminal.js";

const worker = (name: string, change: Partial<WorkerReport> = {}): WorkerReport => ({
  ...{ worker: name, workerClass: "wasm", replicas: 41, imagesPerSecond: 1204, isAlive: true, isBusy: true },
  ...change,
});
const report = (change: Partial<RoundReport> = {}): RoundReport => ({
  ...{ round: 12, rounds: 657, epoch: 1, epochs: 3, loss: 0.31249, metrics: { accuracy: 0.9124 } },
  ...{ workers: [worker("a"), worker("b", { isAlive: false })], refused: [] },
  ...{ bytes: { sent: 250_400, received: 1_999_999 }, seconds: 0.8 },
  ...change,
});

/** A stream that is no terminal. */
class Pipe {
  text = "";
  write(text: string): void {
    this.text += text;
  }
}

describe("the progress of a training", () => {
  const validated = report({ validation: { loss: 0.00012, metrics: { accuracy: 1, meanAbsoluteError: Number.NaN } } });

  test("as two lines", () => {
    expect(progressLines(report(), 516, 79)).toEqual([
      "round  12 of 657  ▕▌                             ▏  epoch 1 of 3  8:36 left",
      "loss 0.312  accuracy 91.2 %  250 kB up, 2.0 MB down a round",
    ]);
    expect(progressLines(validated, 3723, 200)).toEqual([
      "round  12 of 657  ▕▌                             ▏  epoch 1 of 3  1:02:03 left",
      "loss 0.312  accuracy 91.2 %  validation loss 1.20e-4, accuracy 100.0 %, meanAbsoluteError NaN  250 kB up, 2.0 MB down a round",
    ]);
  });

  test("in a narrow terminal", () => {
    expect(progressLines(report(), 516, 55)).toEqual([
      "round  12 of 657  ▕▏         ▏  epoch 1 of 3  8:36 left",
      "loss 0.312  accuracy 91.2 %",
    ]);
    expect(progressLines(report(), 516, 24)).toEqual(["round  12 of 657  epoch…", "loss 0.312"]);
    for (let columns = 1; columns < 100; columns++) {
      for (const line of progressLines(validated, 516, columns)) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  test("as one line", () => {
    expect(progressLine(validated, 516)).toBe(
      "round 12/657, epoch 1/3: loss 0.312, accuracy 91.2 %; validation loss 1.20e-4, accuracy 100.0 %, meanAbsoluteError NaN; 1 worker, 800 ms, 250 kB sent, 2.0 MB received, 8:36 left",
    );
  });

  test("the time that is left follows from the last rounds", () => {
    const clock = new RoundClock();
    expect(clock.left(report({ round: 1, rounds: 11, seconds: 100 }))).toBe(1000);
    for (let round = 2; round <= 21; round++) clock.left(report({ round, rounds: 31, seconds: 2 }));
    expect(clock.left(report({ round: 22, rounds: 31, seconds: 2 }))).toBe(18);
  });
});

describe("the view of a training", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("on a terminal is rewritten in place", () => {
    let now = 0;
    const terminal = new Terminal(80);
    let workers: readonly WorkerReport[] = [];
    const view = new TrainView(
      terminal,
      (_, text) => text,
      "workers join with: x",
      () => now,
    );
    view.log("leading the job");
    view.begin(() => workers);
    expect(terminal.text).toBe(
      "leading the job\nworkers join with: x\n\nwaiting for the first round, 0:00\nthere is no worker",
    );

    now = 61_000;
    workers = [worker("a", { isBusy: false })];
    vi.advanceTimersByTime(250);
    expect(terminal.text).toBe(
      `
leading the job
workers join with: x

waiting for the first round, 1:01

worker  class  replicas  images/s  state
a       wasm         41     1,204  waiting`.slice(1),
    );

    view.report(report({ refused: [{ worker: "bad\x1b[2J", why: "its answer is wrong" }] }));
    workers = [worker("a"), worker("b", { isAlive: false })];
    now = 63_000;
    vi.advanceTimersByTime(250);
    expect(terminal.text).toBe(
      `
leading the job
workers join with: x
refused bad?[2J: its answer is wrong

round  12 of 657  ▕▌                             ▏  epoch 1 of 3  8:34 left
loss 0.312  accuracy 91.2 %  250 kB up, 2.0 MB down a round

worker  class  replicas  images/s  state
a       wasm         41     1,204  working
b       wasm         41     1,204  gone`.slice(1),
    );

    view.end();
    const { frames } = terminal;
    vi.advanceTimersByTime(10_000);
    expect(terminal.frames).toBe(frames);
    view.log("done");
    expect(terminal.lines.slice(-3)).toEqual(["b       wasm         41     1,204  gone", "done", ""]);
  });

  test("fits a terminal that is low", () => {
    const terminal = new Terminal(80, 10);
    const workers = Array.from({ length: 30 }, (_, i) => worker(`worker-number-${i}`));
    const view = new TrainView(
      terminal,
      (_, text) => text,
      "workers join with: x",
      () => 0,
    );
    view.begin(() => workers);
    view.report(report());
    vi.advanceTimersByTime(1000);
    // With the line above, and the line that the cursor is in.
    expect(terminal.lines).toHaveLength(11);
    expect(terminal.lines.at(-2)).toBe("… and 27 others");
    view.end();
  });

  test("on a pipe is a line for a round, at most one in a second", () => {
    let now = 0;
    const pipe = new Pipe();
    const view = new TrainView(
      pipe,
      (_, text) => text,
      "workers join with: x",
      () => now,
    );
    view.begin(() => []);
    for (const round of [1, 2, 3]) {
      view.report(report({ round, rounds: 5 }));
      now += 600;
    }
    view.report(report({ round: 4, rounds: 5, validation: { loss: 1, metrics: {} } }));
    view.report(report({ round: 5, rounds: 5, refused: [{ worker: "w", why: "it lied" }] }));
    view.report(report({ round: 5, rounds: 5, refused: [{ worker: "w", why: "it lied" }] }));
    view.end();
    expect(pipe.text.split("\n").map((line) => line.split(/[:,]/)[0])).toEqual([
      ...["workers join with", "round 1/5", "round 3/5", "round 4/5", "refused w", "round 5/5", "round 5/5", ""],
    ]);
  });
});

test("lines that a narrower terminal has wrapped are overwritten too", () => {
  const written: string[] = [];
  const screen = { columns: 80, rows: 24, write: (text: string) => written.push(text) };
  const area = new LiveArea(screen);
  area.draw(["x".repeat(70), "\x1b[32mshort\x1b[39m", ""]);
  screen.columns = 40;
  area.draw(["new"]);
  expect(written[0]).not.toMatch(/\[\d+A/);
  expect(written[1]).toContain("\x1b[4A\rnew");
});

describe("the view of a worker", () => {
  const replica = (change: Partial<ReplicaReport> = {}): ReplicaReport => ({
    ...{ round: 12, rounds: 657, replica: 3, replicas: 41, examples: 64, loss: 0.31249, seconds: 0.05 },
    ...change,
  });

  test("on a terminal is one line", () => {
    const terminal = new Terminal(80);
    const view = new WorkView(terminal, "digits-1");
    view.state("waiting");
    view.state("joined");
    view.replica(replica());
    view.replica(replica({ round: 13, replicas: 42 }));
    view.end("the job digits-1 is done");
    expect(terminal.lines).toEqual([
      "joined the job digits-1",
      ...["digits-1: round 13 of 657  42 replicas done  loss 0.312  1,280 images/s", "the job digits-1 is done", ""],
    ]);
  });

  test("in a narrow terminal", () => {
    expect(liveLine("digits-1", replica(), 50)).toBe("digits-1: round 12 of 657  41 replicas done");
    for (let columns = 1; columns < 100; columns++) {
      expect(liveLine("digits-1", replica(), columns).length).toBeLessThanOrEqual(columns);
    }
  });

  test("on a pipe is a line for each event", () => {
    const pipe = new Pipe();
    const view = new WorkView(pipe, "digits-1");
    view.state("joined");
    view.replica(replica());
    expect(pipe.text).toBe(`joined the job digits-1\n${eventLine(replica())}\n`);
    expect(eventLine(replica())).toBe("round 12/657, replica 3: loss 0.312, 50 ms, 1,280 images/s; 41 replicas done");
  });
});
