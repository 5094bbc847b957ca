import { expect } from "vitest";
import { OptionError } from "webgpu-cnn";
import { SGD } from "webgpu-cnn/nn";
import { describeWithNats } from "../support/describeWithNats.js";
import { faultTest, letPass } from "./support/faultTests.js";

describeWithNats("what cannot go on says why", () => {
  faultTest("servers that are gone for longer than the timeout", async ({ site }) => {
    const server = await site.startServer();
    const worker = await site.startWorker(server.url, { pause: 50, timeout: 1 });
    const trained = site.coordinate({ servers: server.url, timeout: 1 });
    await worker.until(({ event }) => event === "replica");
    await server.kill();
    await expect(trained).rejects.toMatchObject({
      ...{ name: "JobError", message: expect.stringMatching(/^trainDistributed: .*1 s/) },
    });
    expect(await worker.ended()).toEqual({
      ...{ event: "failed", name: "JobError", message: expect.stringMatching(/^workDistributed: .*1 s/) },
    });
  });

  faultTest("servers that were never there", async ({ site }) => {
    const server = await site.startServer();
    await server.kill();
    await expect(site.coordinate({ servers: server.url, timeout: 0.5 })).rejects.toMatchObject({
      ...{ name: "JobError", message: expect.stringContaining(server.url) },
    });
  });

  faultTest("a job that failed", async ({ site }) => {
    const { url } = await site.startServer();
    const worker = await site.startWorker(url);
    const optimizer = new SGD({ learningRate: (step) => (step < 2 ? 0.01 : Number.NaN) });
    const trained = site.coordinate({ servers: url, optimizer });
    const error: unknown = await trained.catch((error: unknown) => error);
    if (!(error instanceof OptionError)) throw new Error(`it ended with ${error}`);
    // Every coordinator would fail in the same way, so the worker does not wait for another one.
    expect(await worker.ended()).toEqual({
      ...{ event: "failed", name: "JobError" },
      message: `workDistributed: the job failed: ${error.message}`,
    });
  });

  faultTest("a coordinator without workers waits, until its signal stops it", async ({ site }) => {
    const { url } = await site.startServer();
    const stop = new AbortController();
    let isOver = false;
    const options = { servers: url, lease: 0.2 };
    const trained = site.coordinate({ ...options, signal: stop.signal }).finally(() => {
      isOver = true;
    });
    trained.catch(() => {});
    await letPass(1000);
    expect(isOver).toBe(false);
    stop.abort(new Error("enough"));
    await expect(trained).rejects.toThrow("enough");
    // The job is there: another coordinator and a worker end it.
    await site.startWorker(url);
    await site.expectPlainBits(options);
  });
});
