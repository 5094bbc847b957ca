import { describe, expect, test } from "vitest";
import { type Paint, workerTable } from "../../src/command/workerTable.js";
import type { WorkerReport } from "../../src/distributed/reports.js";

const plain: Paint = (_, text) => text;
const worker = (name: string, change: Partial<WorkerReport> = {}): WorkerReport => ({
  ...{ worker: name, workerClass: "wasm", replicas: 41, imagesPerSecond: 1204.4, isAlive: true, isBusy: true },
  ...change,
});
const WORKERS = [
  worker("desk-2f7k1x9a"),
  worker("gone-88aa11bb", { isAlive: false, replicas: 3 }),
  worker("lab-7-q0w1e2r3", {
    workerClass: "webgpu nvidia ada-lovelace NVIDIA GeForce RTX 4090",
    imagesPerSecond: 98_765,
  }),
  worker("new-zzzzzzzz", { replicas: 0, imagesPerSecond: 0, isBusy: false }),
];
const table = (columns: number, rows = 20, workers: readonly WorkerReport[] = WORKERS) =>
  workerTable(workers, { columns, rows, paint: plain });

describe("the table of workers", () => {
  test("has a line for each worker; those that are gone come last", () => {
    expect(table(100)).toEqual([
      "worker          class                                               replicas  images/s  state",
      "desk-2f7k1x9a   wasm                                                      41     1,204  working",
      "lab-7-q0w1e2r3  webgpu nvidia ada-lovelace NVIDIA GeForce RTX 4090        41    98,765  working",
      "new-zzzzzzzz    wasm                                                       0         –  waiting",
      "gone-88aa11bb   wasm                                                       3     1,204  gone",
    ]);
  });

  test("cuts classes first, and then names", () => {
    expect(table(60).slice(0, 3)).toEqual([
      "worker          class            replicas  images/s  state",
      "desk-2f7k1x9a   wasm                   41     1,204  working",
      "lab-7-q0w1e2r3  webgpu nvidia …        41    98,765  working",
    ]);
    expect(table(45).slice(0, 3)).toEqual([
      "worker    class   replicas  images/s  state",
      "desk-2f…  wasm          41     1,204  working",
      "lab-7-q…  webgp…        41    98,765  working",
    ]);
  });

  test("leaves out columns where there is no space", () => {
    expect(table(40)[0]).toBe("worker       replicas  images/s  state");
    expect(table(36)[0]).toBe("worker          images/s  state");
    expect(table(20)[0]).toBe("worker       state");
    expect(table(9)[0]).toBe("worker");
  });

  test.each([200, 100, 80, 60, 44, 36, 30, 20, 12, 9, 5, 1])("has no line of more than %i columns", (columns) => {
    for (const line of table(columns)) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test("says how many others there are if the terminal is low", () => {
    const many = Array.from({ length: 1000 }, (_, i) => worker(`w${i}`));
    expect(table(80, 5, many)).toHaveLength(5);
    expect(table(80, 5, many).at(-1)).toBe("… and 997 others");
    expect(table(80, 1001, many)).toHaveLength(1001);
    expect(table(80, 1, many)).toEqual(["worker  class  replicas  images/s  state"]);
    expect(table(80, 0, many)).toEqual([]);
  });

  test("shows no control characters of others", () => {
    const [, line] = table(80, 20, [worker("a\x1b[2Jb", { workerClass: "wasm\nroot# 機" })]);
    expect(line).toMatch(/^a\?\[2Jb {2}wasm\?root# \? /);
  });

  test("has colours for the states", () => {
    const colours: string[] = [];
    const paint: Paint = (colour, text) => {
      colours.push(colour);
      return text;
    };
    workerTable(WORKERS, { columns: 80, rows: 20, paint });
    expect(colours).toEqual(["bold", "green", "green", "yellow", "red"]);
  });
});
