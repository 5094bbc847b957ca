import { expect } from "vitest";
import { propertySeed } from "../../support/propertySeed.js";
import { describeWithNats } from "../support/describeWithNats.js";
import { expectDone, faultTest, JOB, waitUntil } from "./support/faultTests.js";
import { FUZZER, Fuzzer, KINDS } from "./support/fuzzer.js";

describeWithNats("nonsense on every subject of a job", () => {
  faultTest("changes no bits, and nobody crashes", async ({ site }) => {
    const { url } = await site.startServer();
    const fuzzer = new Fuzzer(url, JOB, propertySeed("nonsense"));
    const workers = await Promise.all([site.startWorker(url, { pause: 50 }), site.startWorker(url, { pause: 50 })]);
    const reports = await site.expectPlainBits({
      servers: url,
      onRound: async ({ round }) => {
        if (round === 1) fuzzer.start();
        // Some of each kind comes in every round.
        const before = { ...fuzzer.published };
        for (const kind of KINDS) await waitUntil(() => fuzzer.published[kind] > before[kind] + 10);
      },
    });
    await fuzzer.stop();
    for (const worker of workers) await expectDone(worker);
    expect(reports.at(-1)?.refused.filter(({ worker }) => !worker.startsWith(FUZZER))).toEqual([]);
  });
});
