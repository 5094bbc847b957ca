import { expect } from "vitest";
import { describeWithNats } from "../support/describeWithNats.js";
import { type Falsehood, FalseWorker } from "./support/falseWorker.js";
import { expectDone, faultTest, JOB, type Site, waitUntil } from "./support/faultTests.js";
import { VECTOR_BYTES } from "./support/task.js";

describeWithNats("wrong answers do not get into the result", () => {
  async function withFalseWorker(site: Site, falsehood: Falsehood, verify: number) {
    const { url } = await site.startServer();
    const wrong = new FalseWorker(url, JOB, falsehood, VECTOR_BYTES);
    const workers = await Promise.all([site.startWorker(url, { pause: 20 }), site.startWorker(url, { pause: 20 })]);
    const reports = await site.expectPlainBits({
      ...{ servers: url, verify },
      onRound: ({ round }) => {
        if (round === 1) wrong.start();
        // It takes part before the job is over.
        return round === 2 ? waitUntil(() => wrong.replicas > 0) : undefined;
      },
    });
    await wrong.stop();
    for (const worker of workers) await expectDone(worker);
    return { wrong, refused: reports.at(-1)?.refused };
  }

  faultTest("a corrupt worker, whose digests do not fit, is refused by name", async ({ site }) => {
    const { wrong, refused } = await withFalseWorker(site, "corrupt", 0);
    expect(refused).toEqual([{ worker: wrong.worker, why: expect.stringMatching(/digest/) }]);
  });

  faultTest("a lying worker, whose digests fit, is refused by name", async ({ site }) => {
    const { wrong, refused } = await withFalseWorker(site, "lying", 1);
    expect(refused).toEqual([{ worker: wrong.worker, why: expect.stringMatching(/replica \d+ of round \d+/) }]);
  });

  faultTest("answers for a job of the same name that was deleted count for nothing", async ({ site }) => {
    const { refused } = await withFalseWorker(site, "outdated", 0);
    expect(refused).toEqual([]);
  });

  faultTest("replicas that somebody takes and never answers are published again", async ({ site }) => {
    const { refused } = await withFalseWorker(site, "silent", 0);
    expect(refused).toEqual([]);
  });
});
