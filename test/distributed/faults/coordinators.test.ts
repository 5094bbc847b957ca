import { expect } from "vitest";
import { deleteJob } from "webgpu-cnn/distributed";
import { describeWithNats } from "../support/describeWithNats.js";
import { expectDone, faultTest, JOB } from "./support/faultTests.js";
import { ROUNDS } from "./support/task.js";

describeWithNats("the bits stay the same when coordinators fail", () => {
  faultTest("coordinators are killed, and others go on from the last round", async ({ site }) => {
    const { url } = await site.startServer();
    const worker = await site.startWorker(url, { pause: 50 });
    let done = 0;
    for (const rounds of [1, 3, 6]) {
      const coordinator = await site.startCoordinator(url);
      const event = await coordinator.until((each) => each.event === "round" && each.round >= rounds);
      if (event.event !== "round") throw new Error("unreachable");
      coordinator.kill("SIGKILL");
      await coordinator.ended();
      const first = coordinator.events[0];
      // No round is done twice, but for one whose report the kill swallowed.
      if (first?.event === "round") expect(first.round - done).toBeOneOf([1, 2]);
      done = event.round;
    }
    const reports = await site.expectPlainBits({ servers: url });
    expect(reports.length).toBeLessThanOrEqual(ROUNDS - done);
    expect(reports.at(-1)?.round).toBe(ROUNDS);
    await expectDone(worker);
  });

  faultTest("a coordinator that another one replaces, while it lives, says it", async ({ site }) => {
    const { url } = await site.startServer();
    const worker = await site.startWorker(url, { pause: 50 });
    const old = await site.startCoordinator(url);
    await old.until((each) => each.event === "round" && each.round === 2);
    await site.expectPlainBits({ servers: url });
    const end = await old.ended();
    expect(end).toMatchObject({ event: "failed", name: "JobError" });
    expect(end).toHaveProperty("message", expect.stringMatching(/another coordinator took the job/));
    expect(old.end).toBe(0);
    await expectDone(worker);
  });

  faultTest("a coordinator that hangs, is replaced, and wakes up does no harm", async ({ site }) => {
    const { url } = await site.startServer();
    const worker = await site.startWorker(url, { pause: 50 });
    const old = await site.startCoordinator(url);
    await old.until((each) => each.event === "round" && each.round === 2);
    old.kill("SIGSTOP");
    await site.expectPlainBits({
      servers: url,
      onRound: ({ round }) => {
        if (round === 5) old.kill("SIGCONT");
      },
    });
    expect(await old.ended()).toMatchObject({ event: "failed", name: "JobError" });
    await expectDone(worker);
  });

  faultTest("a job that is deleted and begun again takes nothing from workers of the old one", async ({ site }) => {
    const { url: servers } = await site.startServer();
    const old = await Promise.all([
      site.startWorker(servers, { pause: 200 }),
      site.startWorker(servers, { pause: 200 }),
    ]);
    const leave = new AbortController();
    // Its replicas have other examples.
    const deleted = site.coordinate({ servers, seed: 99, signal: leave.signal });
    await Promise.all(old.map((worker) => worker.until(({ event }) => event === "replica")));
    // They hold work of the old job.
    for (const worker of old) worker.kill("SIGSTOP");
    leave.abort(new Error("enough"));
    await expect(deleted).rejects.toThrow("enough");
    await deleteJob({ servers, job: JOB });
    const wake = () =>
      old.forEach((worker) => {
        worker.kill("SIGCONT");
      });
    const trained = site.expectPlainBits({ servers, onStart: wake });
    for (const worker of old) {
      const end = await worker.ended();
      expect(end).toMatchObject({ event: "failed", name: "JobError" });
      expect(end).toHaveProperty("message", expect.stringMatching(/deleted/));
    }
    const worker = await site.startWorker(servers);
    await trained;
    await expectDone(worker);
  });

  faultTest("one that comes to a job that is done has the result at once", async ({ site }) => {
    const { url } = await site.startServer();
    const worker = await site.startWorker(url);
    await site.expectPlainBits({ servers: url });
    await expectDone(worker);
    expect(await site.expectPlainBits({ servers: url })).toEqual([]);
  });
});
