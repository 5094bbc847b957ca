import { expect } from "vitest";
import { describeWithNats } from "../support/describeWithNats.js";
import { expectDone, faultTest } from "./support/faultTests.js";

describeWithNats("a worker that does not fit the job", () => {
  faultTest("is refused when its data differ, or its class does, and the others go on", async ({ site }) => {
    const { url } = await site.startServer();
    const [right, otherData, otherClass] = await Promise.all([
      site.startWorker(url),
      site.startWorker(url, { otherData: true }),
      site.startWorker(url, { kind: "cpu" }),
    ]);
    await site.expectPlainBits({
      servers: url,
      onRound: async ({ round }) => {
        if (round === 1) await Promise.all([otherData.ended(), otherClass.ended()]);
      },
    });
    expect(otherData.events.at(-1)).toEqual({
      ...{ event: "failed", name: "OptionError" },
      message: expect.stringMatching(/^workDistributed: data .* the same examples/),
    });
    expect(otherClass.events.at(-1)).toEqual({
      ...{ event: "failed", name: "OptionError" },
      message: expect.stringMatching(/^workDistributed: backend .*"cpu".*"wasm".*mixed: true/),
    });
    await expectDone(right);
  });

  faultTest("is taken when its class differs and the job is mixed", async ({ site }) => {
    const { url } = await site.startServer();
    const workers = await Promise.all([site.startWorker(url, { pause: 50 }), site.startWorker(url, { kind: "cpu" })]);
    const { reports } = await site.coordinate({
      ...{ servers: url, mixed: true },
      onRound: async ({ round }) => {
        if (round > 1) return;
        for (const worker of workers) await worker.until(({ event }) => event === "replica");
      },
    });
    expect(
      reports
        .at(-1)
        ?.workers.map(({ workerClass }) => workerClass)
        .sort(),
    ).toEqual(["cpu", "wasm"]);
    const [first, last] = [reports[0]?.loss, reports.at(-1)?.loss];
    expect(last).toBeLessThan(first ?? Number.NaN);
    for (const worker of workers) expect(await expectDone(worker)).toBeGreaterThan(0);
  });
});
