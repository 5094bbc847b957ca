import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConnectionState } from "../../src/command/connectionState.js";
import { LiveArea, type Screen } from "../../src/command/liveArea.js";
import { progressLine, progressLines, RoundClock } from "../../src/command/trainDisplay.js";
import { type ShownRun, TrainView } from "../../src/command/trainView.js";
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

  get lines(): readonly string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

/** A time that passes when the test says so. Timers see it too. */
class Time {
  now = 0;
  readonly clock = () => this.now;

  pass(milliseconds: number): void {
    this.now += milliseconds;
    vi.advanceTimersByTime(250);
  }
}

const SERVERS = { servers: "nats://127.0.0.1:4222", timeout: 300 };
const connectionOf = (time: Time) => new ConnectionState(SERVERS, time.clock);

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

  const plain = (_: string, text: string) => text;
  const run = (workers: ShownRun["workers"], change: Partial<ShownRun> = {}): ShownRun => ({
    ...{ workers, advice: "workers join with: x", replicas: 8, verify: 0, lease: 10 },
    ...change,
  });
  const viewOn = (screen: Screen, time: Time) => new TrainView(screen, plain, connectionOf(time), time.clock);

  test("on a terminal is rewritten in place", () => {
    const time = new Time();
    const terminal = new Terminal(80);
    let workers: readonly WorkerReport[] = [];
    const view = viewOn(terminal, time);
    view.connect();
    view.onConnection({ isConnected: true });
    view.log("leading the job");
    view.begin(run(() => workers));
    const head = "connecting to nats://127.0.0.1:4222\nleading the job\nworkers join with: x\n";
    expect(terminal.text).toBe(`${head}\nwaiting for the first round, 0:00\nthere is no worker`);

    workers = [worker("a", { isBusy: false })];
    time.pass(61_000);
    expect(terminal.text).toBe(
      `${head}
waiting for the first round, 1:01

worker  class  replicas  images/s  state
a       wasm         41     1,204  waiting`,
    );

    view.report(report({ refused: [{ worker: "bad\x1b[2J", why: "its answer is wrong" }] }));
    workers = [worker("a"), worker("b", { isAlive: false })];
    time.pass(500);
    expect(terminal.text).toBe(
      `${head}refused bad?[2J: its answer is wrong

round  12 of 657  ▕▌                             ▏  epoch 1 of 3  8:36 left
loss 0.312  accuracy 91.2 %  250 kB up, 2.0 MB down a round

worker  class  replicas  images/s  state
a       wasm         41     1,204  working
b       wasm         41     1,204  gone`,
    );

    view.end();
    const { frames } = terminal;
    vi.advanceTimersByTime(10_000);
    expect(terminal.frames).toBe(frames);
    view.log("done");
    expect(terminal.lines.slice(-3)).toEqual(["b       wasm         41     1,204  gone", "done", ""]);
  });

  test("on a terminal says that there is no connection, and nothing that it does not know", () => {
    const time = new Time();
    const terminal = new Terminal(80);
    let workers = [worker("a"), worker("b")];
    const view = viewOn(terminal, time);
    const shown = () => terminal.lines.filter((line) => line !== "").slice(1);
    view.connect();
    view.onConnection({ isConnected: false, why: "nats://127.0.0.1:4222 refuses connections" });
    time.pass(1000);
    expect(shown()).toEqual([]);
    time.pass(11_000);
    expect(shown()).toEqual(["no connection yet, 12 s of 300 s: nats://127.0.0.1:4222 refuses connections"]);
    view.onConnection({ isConnected: true });
    expect(shown()).toEqual([]);
    view.begin(run(() => workers));
    view.report(report({ seconds: 1 }));

    view.onConnection({ isConnected: false, why: "the connection was cut" });
    workers = [worker("a", { isAlive: false }), worker("b")];
    time.pass(12_000);
    expect(shown().slice(1)).toEqual([
      "round  12 of 657  ▕▌                             ▏  epoch 1 of 3  –:–– left",
      "loss 0.312  accuracy 91.2 %  250 kB up, 2.0 MB down a round",
      "no connection to the server for 12 s, trying until 300 s",
      "worker  class  replicas  images/s  state",
      "b       wasm         41     1,204  unknown",
      "a       wasm         41     1,204  unknown",
    ]);

    view.onConnection({ isConnected: true });
    const states = () => shown().flatMap((line) => /^[ab] .* {2}(\w+)$/.exec(line)?.[1] ?? []);
    expect(states()).toEqual(["working", "unknown"]);
    expect(terminal.text).not.toContain("no connection");
    time.pass(11_000);
    expect(states()).toEqual(["working", "gone"]);
    workers = [worker("a", { isAlive: false }), worker("b", { isAlive: false })];
    time.pass(1000);
    expect(states()).toEqual(["unknown", "unknown"]);
    expect(terminal.text).toContain("no worker gives a sign of life\n");
    expect(terminal.text).toContain("–:–– left");
    view.end();
  });

  test("a round that takes long does not use up the time of those after it", () => {
    const time = new Time();
    const terminal = new Terminal(80);
    const view = viewOn(terminal, time);
    view.onConnection({ isConnected: true });
    view.begin(run(() => [worker("a")]));
    view.report(report({ round: 1, rounds: 5, seconds: 10 }));
    const left = () => /\S+(?= left)/.exec(terminal.text)?.[0];
    time.pass(9000);
    expect(left()).toBe("0:31");
    time.pass(60_000);
    expect(left()).toBe("0:30");
    view.end();
  });

  test("on a pipe has a line for a cut and one for its end, and one for each reason before", () => {
    const time = new Time();
    const pipe = new Pipe();
    const view = viewOn(pipe, time);
    view.connect();
    const fail = (why: string) => view.onConnection({ isConnected: false, why });
    fail("a refuses");
    time.pass(1900);
    expect(pipe.lines).toHaveLength(1);
    time.pass(100);
    fail("a refuses");
    fail("a is unknown");
    fail("a refuses");
    time.pass(5000);
    view.onConnection({ isConnected: true });
    view.begin(run(() => []));
    fail("the connection was cut");
    for (let i = 0; i < 10; i++) time.pass(1200);
    view.onConnection({ isConnected: true });
    view.onConnection({ isConnected: true });
    view.end();
    expect(pipe.lines).toEqual([
      "connecting to nats://127.0.0.1:4222",
      "no connection yet: a refuses; trying for 300 s",
      "no connection yet: a is unknown; trying for 300 s",
      "workers join with: x",
      "no connection to the server any more; trying for 300 s",
      "connected again after 12 s",
    ]);
  });

  test("workers that have nothing to do are told once", () => {
    const time = new Time();
    const pipe = new Pipe();
    const view = viewOn(pipe, time);
    const crew = Array.from({ length: 20 }, (_, i) => worker(`w${i}`));
    // Some of them are not there any more, but seem to be for two leases.
    let workers = crew;
    view.onConnection({ isConnected: true });
    view.begin(run(() => workers));
    time.pass(15_000);
    workers = crew.map((each, i) => ({ ...each, isAlive: i < 8 }));
    time.pass(15_000);
    expect(pipe.lines).toHaveLength(1);
    workers = crew;
    for (let i = 0; i < 10; i++) time.pass(15_000);
    expect(pipe.lines.slice(1)).toEqual(["20 workers for 8 replicas: 12 are idle; raise replicas"]);
    view.end();
  });

  test("fits a terminal that is low", () => {
    const time = new Time();
    const terminal = new Terminal(80, 10);
    const workers = Array.from({ length: 30 }, (_, i) => worker(`worker-number-${i}`));
    const view = viewOn(terminal, time);
    view.onConnection({ isConnected: true });
    view.begin(run(() => workers));
    view.report(report());
    time.pass(1000);
    // With the line above, and the line that the cursor is in.
    expect(terminal.lines).toHaveLength(11);
    expect(terminal.lines.at(-2)).toBe("… and 27 others");
    view.end();
  });

  test("on a pipe is a line for a round, at most one in a second", () => {
    const time = new Time();
    const pipe = new Pipe();
    const view = viewOn(pipe, time);
    view.onConnection({ isConnected: true });
    view.begin(run(() => []));
    for (const round of [1, 2, 3]) {
      view.report(report({ round, rounds: 5 }));
      time.pass(600);
    }
    view.report(report({ round: 4, rounds: 5, validation: { loss: 1, metrics: {} } }));
    view.report(report({ round: 5, rounds: 5, refused: [{ worker: "w", why: "it lied" }] }));
    view.report(report({ round: 5, rounds: 5, refused: [{ worker: "w", why: "it lied" }] }));
    view.end();
    expect(pipe.lines.map((line) => line.split(/[:,]/)[0])).toEqual([
      ...["workers join with", "round 1/5", "round 3/5", "round 4/5", "refused w", "round 5/5", "round 5/5"],
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
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const replica = (change: Partial<ReplicaReport> = {}): ReplicaReport => ({
    ...{ round: 12, rounds: 657, replica: 3, replicas: 41, examples: 64, loss: 0.31249, seconds: 0.05 },
    ...change,
  });
  const viewOn = (screen: Screen, time: Time) => new WorkView(screen, "digits-1", connectionOf(time), time.clock);

  test("on a terminal is one line", () => {
    const terminal = new Terminal(80);
    const view = viewOn(terminal, new Time());
    view.connect();
    view.onConnection({ isConnected: true });
    view.found();
    view.state("waiting");
    expect(view.hasJoined).toBe(false);
    view.state("joined");
    expect(view.hasJoined).toBe(true);
    view.replica(replica());
    view.replica(replica({ round: 13, replicas: 42 }));
    view.end("the job digits-1 is done");
    expect(terminal.lines).toEqual([
      ...["connecting to nats://127.0.0.1:4222", "waiting for the job digits-1", "joined the job digits-1"],
      ...["digits-1: round 13 of 657  42 replicas done  loss 0.312  1,280 images/s", "the job digits-1 is done", ""],
    ]);
  });

  test("on a terminal says what it waits for, and for how long", () => {
    const time = new Time();
    const terminal = new Terminal(80);
    const view = viewOn(terminal, time);
    const last = () => terminal.text.split("\n").at(-1);
    view.connect();
    view.onConnection({ isConnected: true });
    time.pass(9000);
    expect(last()).toBe("waiting for the job digits-1");
    time.pass(3000);
    expect(last()).toBe('nobody leads a job "digits-1" on this server for 12 s; check --job');
    view.found();
    time.pass(60_000);
    expect(last()).toBe("waiting for the job digits-1");
    view.state("joined");
    time.pass(4000);
    expect(last()).toBe("no replica is done yet, 4 s after joining");
    view.replica(replica({ seconds: 2 }));
    time.pass(8000);
    expect(last()).toBe("digits-1: round 12 of 657  41 replicas done  loss 0.312  32 images/s");
    time.pass(4000);
    expect(last()).toBe("waiting for work for 12 s; 41 replicas done");
    view.onConnection({ isConnected: false, why: "the connection was cut" });
    time.pass(5000);
    expect(last()).toBe("no connection to the server for 5 s, trying until 300 s; 41 replicas done");
    view.onConnection({ isConnected: true });
    expect(last()).toBe("digits-1: round 12 of 657  41 replicas done  loss 0.312  32 images/s");
    time.pass(13_000);
    view.end();
    expect(last()).toBe("digits-1: round 12 of 657  41 replicas done  loss 0.312  32 images/s");
  });

  test("in a narrow terminal", () => {
    expect(liveLine("digits-1", replica(), 50)).toBe("digits-1: round 12 of 657  41 replicas done");
    for (let columns = 1; columns < 100; columns++) {
      expect(liveLine("digits-1", replica(), columns).length).toBeLessThanOrEqual(columns);
    }
  });

  test("on a pipe is a line for each event, at most one in a second, and the last replica", () => {
    const time = new Time();
    const pipe = new Pipe();
    const view = viewOn(pipe, time);
    view.connect();
    view.onConnection({ isConnected: true });
    for (let i = 0; i < 5; i++) time.pass(6000);
    view.state("joined");
    for (let replicas = 1; replicas <= 31; replicas++) {
      time.pass(100);
      view.replica(replica({ replicas }));
    }
    time.pass(5000);
    for (let i = 0; i < 5; i++) time.pass(6000);
    view.replica(replica({ replicas: 32 }));
    view.replica(replica({ replicas: 33 }));
    view.end("the job digits-1 is done");
    const done = (replicas: number) => eventLine(replica({ replicas }));
    expect(pipe.lines).toEqual([
      ...["connecting to nats://127.0.0.1:4222", "waiting for the job digits-1"],
      ...['nobody leads a job "digits-1" on this server yet; check --job', "joined the job digits-1"],
      ...[done(1), done(11), done(21), done(31), "waiting for work for 17 s", done(32), done(33)],
      "the job digits-1 is done",
    ]);
    expect(done(41)).toBe("round 12/657, replica 3: loss 0.312, 50 ms, 1,280 images/s; 41 replicas done");
  });
});
