import { expect } from "vitest";
import { describeWithNats } from "../support/describeWithNats.js";
import { allJoined, expectDone, faultTest, type WorkerProgram } from "./support/faultTests.js";
import { ROUNDS } from "./support/task.js";

describeWithNats("the bits stay the same when workers fail", () => {
  faultTest("a worker is killed in every round, and another one comes", async ({ site }) => {
    const { url } = await site.startServer();
    // A pause after each replica keeps both at work until the kill.
    const start = () => site.startWorker(url, { pause: 20 });
    const workers = await Promise.all([start(), start()]);
    const killed: WorkerProgram[] = [];
    const reports = await site.expectPlainBits({
      servers: url,
      onRound: async ({ round }) => {
        if (round === ROUNDS) return;
        const victim = workers.shift();
        if (!victim) throw new Error("there is no worker");
        // It has begun: the next round is published before this call.
        await victim.until((each) => each.event === "state" && each.state === "joined");
        victim.kill("SIGKILL");
        killed.push(victim);
        workers.push(await start());
      },
    });
    expect(killed).toHaveLength(ROUNDS - 1);
    for (const victim of killed) {
      await victim.ended();
      expect(victim.end).toBe("SIGKILL");
    }
    for (const worker of workers) await worker.ended();
    expect(reports.at(-1)?.workers.length).toBeGreaterThan(2);
  });

  faultTest("a worker hangs while it holds a replica: after the lease another one gets it", async ({ site }) => {
    const { url } = await site.startServer();
    const [hung, other] = await Promise.all([site.startWorker(url, { name: "hung" }), site.startWorker(url)]);
    let stopped = 0;
    hung.on((event) => {
      // It has the next replica already, because it asks for it before it computes.
      if (event.event !== "replica" || stopped > 0) return;
      hung.kill("SIGSTOP");
      stopped = event.round;
    });
    const reports = await site.expectPlainBits({
      servers: url,
      onRound: ({ round }) => (round === 1 ? allJoined([other]) : undefined),
    });
    expect(stopped).toBeGreaterThan(0);
    const last = reports.at(-1)?.workers.find(({ worker }) => worker.startsWith("hung"));
    expect(last?.replicas).toBeLessThan(ROUNDS);
    await expectDone(other);
    // When it goes on, it finds that the job is done.
    hung.kill("SIGCONT");
    await expectDone(hung);
  });

  faultTest("a worker is slower than its lease", async ({ site }) => {
    const { url } = await site.startServer();
    const slow = await site.startWorker(url, { name: "slow", pause: 1500 });
    const bits = site.expectPlainBits({ servers: url });
    await slow.until(({ event }) => event === "replica");
    const other = await site.startWorker(url, { name: "other" });
    const counted = (await bits).at(-1)?.workers.map(({ replicas }) => replicas) ?? [];
    expect(counted).toHaveLength(2);
    expect(Math.min(...counted)).toBeGreaterThan(0);
    await expectDone(other);
    await expectDone(slow);
  });
});
