import { expect } from "vitest";
import { sum } from "../../../src/core/objects.js";
import { describeWithNats } from "../support/describeWithNats.js";
import { Echo } from "./support/echo.js";
import { expectDone, faultTest, JOB, letPass, type WorkerProgram, waitUntil } from "./support/faultTests.js";
import { ROUNDS, TASK } from "./support/task.js";

describeWithNats("the bits stay the same when servers and networks fail", () => {
  /** Resolves in the middle of a round: a worker has answered for one replica, and makes a pause before it can answer again. */
  async function middleOfRound(worker: WorkerProgram, round: number): Promise<void> {
    await worker.until((each) => each.event === "replica" && each.round === round);
  }

  faultTest("the server is killed in the middle of a round, and started again", async ({ site }) => {
    const server = await site.startServer();
    const worker = await site.startWorker(server.url, { pause: 300 });
    const bits = site.expectPlainBits({ servers: server.url });
    for (const round of [2, 5]) {
      await middleOfRound(worker, round);
      await server.kill();
      await server.restart();
    }
    expect((await bits).at(-1)?.refused).toEqual([]);
    await expectDone(worker);
  });

  faultTest("the server does nothing for longer than a lease", async ({ site }) => {
    const server = await site.startServer();
    const workers = await Promise.all([site.startWorker(server.url, { pause: 300 }), site.startWorker(server.url)]);
    const bits = site.expectPlainBits({ servers: server.url });
    const [slow] = workers;
    await middleOfRound(slow, 2);
    server.pause();
    await letPass(1500);
    server.resume();
    await bits;
    for (const worker of workers) await expectDone(worker);
  });

  faultTest("a worker's network is cut and mended, again and again", async ({ site }) => {
    const server = await site.startServer();
    const network = await site.openNetwork(server.url);
    const worker = await site.startWorker(network.url, { pause: 100 });
    const bits = site.expectPlainBits({ servers: server.url });
    for (const round of [1, 3, 4]) {
      await middleOfRound(worker, round);
      network.cut();
      await waitUntil(() => network.connections === 0);
      network.mend();
    }
    await bits;
    await expectDone(worker);
  });

  faultTest(
    "a worker's network swallows everything for longer than a lease, while another worker goes on",
    async ({ site }) => {
      const server = await site.startServer();
      const network = await site.openNetwork(server.url);
      const far = await site.startWorker(network.url, { name: "far", pause: 100 });
      const near = await site.startWorker(server.url, { name: "near", pause: 100 });
      const bits = site.expectPlainBits({ servers: server.url });
      await middleOfRound(far, 2);
      network.silence();
      await bits;
      await expectDone(near);
      network.mend();
      await expectDone(far);
    },
  );

  faultTest("replicas and answers are delivered twice", async ({ site }) => {
    const { url } = await site.startServer();
    const workers = await Promise.all([site.startWorker(url), site.startWorker(url)]);
    let echo: Echo | undefined;
    const reports = await site.expectPlainBits({
      servers: url,
      onRound: async ({ round }) => {
        if (round === 1) echo = await Echo.start(url, JOB);
      },
    });
    await echo?.stop();
    // A round of replicas and answers was there before the echo began.
    expect(echo?.repeated).toBeGreaterThanOrEqual((ROUNDS - 2) * TASK.replicas);
    expect(reports).toHaveLength(ROUNDS);
    const replicas = await Promise.all(workers.map(expectDone));
    expect(sum(replicas)).toBeGreaterThan(ROUNDS * TASK.replicas);
  });

  faultTest("the coordinator's network is cut in the middle of a round", async ({ site }) => {
    const server = await site.startServer();
    const network = await site.openNetwork(server.url);
    const worker = await site.startWorker(server.url, { pause: 100 });
    const bits = site.expectPlainBits({ servers: network.url });
    for (const round of [2, 4]) {
      await middleOfRound(worker, round);
      network.cut();
      await waitUntil(() => network.connections === 0);
      network.mend();
    }
    await bits;
    await expectDone(worker);
  });
});
