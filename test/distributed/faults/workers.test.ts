import { expect } from "vitest";
import { sum } from "../../../src/core/objects.js";
import { describeWithNats } from "../support/describeWithNats.js";
import { allJoined, expectDone, faultTest, JOB } from "./support/faultTests.js";
import { startPageWorker } from "./support/pageWorker.js";
import { ROUNDS, TASK } from "./support/task.js";

describeWithNats("any number of workers gives the bits of one process", () => {
  faultTest.for([
    { name: "one", threads: [1] },
    { name: "two", threads: [1, 1] },
    { name: "three, one of them with two threads", threads: [1, 2, 1] },
  ])("$name", async ({ threads }, { site }) => {
    const { url } = await site.startServer();
    const workers = await Promise.all(threads.map((threads) => site.startWorker(url, { threads })));
    const onRound = ({ round }: { round: number }) => (round === 1 ? allJoined(workers) : undefined);
    const reports = await site.expectPlainBits({ servers: url, onRound });
    expect(reports.map(({ round }) => round)).toEqual(Array.from({ length: ROUNDS }, (_, i) => i + 1));
    const replicas = await Promise.all(workers.map(expectDone));
    expect(Math.min(...replicas)).toBeGreaterThan(0);
    expect(sum(replicas)).toBeGreaterThanOrEqual(ROUNDS * TASK.replicas);
    // A replica that came too late may have been computed twice. One of the answers counts.
    const counted = reports.at(-1)?.workers.map((worker) => worker.replicas) ?? [];
    expect(sum(counted)).toBe(ROUNDS * TASK.replicas);
  });

  faultTest("five, one of them in a browser", async ({ site }) => {
    const { url, websocketUrl } = await site.startServer();
    const workers = await Promise.all([1, 1, 2, 1].map((threads) => site.startWorker(url, { threads })));
    const page = await startPageWorker({ servers: websocketUrl, job: JOB, name: "page" }, site.digits);
    const onRound = async ({ round }: { round: number }) => {
      if (round === 1) await Promise.all([allJoined(workers), page.joined]);
    };
    const [reports, events] = await Promise.all([site.expectPlainBits({ servers: url, onRound }), page.ended]);
    expect(reports.at(-1)?.workers).toHaveLength(5);
    const done = events.at(-1);
    if (done?.event !== "done") throw new Error(JSON.stringify(done));
    expect(done.replicas).toBeGreaterThan(0);
    const replicas = await Promise.all(workers.map(expectDone));
    expect(sum([...replicas, done.replicas])).toBeGreaterThanOrEqual(ROUNDS * TASK.replicas);
  });
});
