import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { deleteJob, trainDistributed, workDistributed } from "webgpu-cnn/distributed";
import { Conv2D, Dense, Flatten, MaxPooling2D, Sequential, SGD } from "webgpu-cnn/nn";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { describeWithNats } from "../../distributed/support/describeWithNats.js";
import { digits } from "../../distributed/support/lenet.js";
import { type Values, valuesOf } from "../../distributed/support/plainRounds.js";
import { faultsOf } from "../support/faults.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

/** The page has the first so many digits of MNIST. */
const DIGITS = 14_000;

function smallNetwork(backend: Backend): Sequential {
  return new Sequential([
    new Conv2D({ filters: 4, kernelSize: 5, strides: 2, activation: "relu" }),
    new MaxPooling2D(),
    new Flatten(),
    new Dense({ units: 10 }),
  ])
    .build(backend, { inputShape: [28, 28, 1], seed: 5 })
    .compile({
      optimizer: new SGD({ learningRate: 0.1, momentum: 0.9 }),
      loss: "softmaxCrossEntropy",
      metrics: ["accuracy"],
    });
}

describeWithNats("a volunteer in a page", () => {
  let server: NatsServer;
  const backends: Backend[] = [];
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    for (const backend of backends.splice(0)) backend.destroy();
  });

  async function backendOf(kind: "wasm" | "cpu"): Promise<Backend> {
    const backend = await createBackend({ kind, threads: 1 });
    backends.push(backend);
    return backend;
  }

  interface Job {
    readonly job: string;
    /** All digits of the page if left out. */
    readonly count?: number;
    /** The class of the job's workers. "wasm" if left out. */
    readonly kind?: "wasm" | "cpu";
    readonly signal?: AbortSignal;
    /** Called after each round, before the next one is taken in. */
    readonly onRound?: (round: number) => Promise<void>;
  }

  /** Trains as the coordinator of a job. @returns the weights */
  async function coordinate({ job, count = DIGITS, kind = "wasm", signal, onRound }: Job): Promise<Values> {
    const model = smallNetwork(await backendOf(kind));
    const run = await trainDistributed({
      ...{ servers: server.url, job, model, signal },
      data: await digits(count),
      // The lease is so long that a part which nobody gives back would hold the job up.
      ...{ replicas: 4, batchSize: 1400, lease: 600 },
    });
    for await (const { round } of run) await onRound?.(round);
    const values = await valuesOf(model.weights);
    model.dispose();
    return values;
  }

  async function work(job: string): Promise<void> {
    await workDistributed({ servers: server.url, job, backend: await backendOf("wasm"), data: await digits(DIGITS) });
  }

  const join = async (job: string, settings = "") => {
    const page = await open(`room=join&servers=${server.websocketUrl}&job=${job}&compute=wasm${settings}`);
    await page.getByRole("button", { name: "Join" }).click();
    return page;
  };
  const title = (page: Page) => () => page.textContent("h1");

  test("joins with one click, waits, works in every room, and the weights have the bits of a worker in Node", async () => {
    const page = await join("one-click");
    await expect.poll(title(page)).toBe("Connected. Waiting for “one-click” to begin …");
    const waiting = await faultsOf(page);
    expect(waiting).toEqual([]);
    let working: string[] | undefined;
    const weights = await coordinate({
      job: "one-click",
      onRound: async (round) => {
        if (round !== 2) return;
        await expect.poll(title(page)).toMatch(/^This tab has done \d+ parts of “one-click”$/);
        await expect.poll(() => page.locator("progress").getAttribute("max")).toBe("10");
        working = await faultsOf(page);
        await page.getByRole("link", { name: "Inside" }).click();
        await expect.poll(() => page.getByRole("link", { name: "Join (this tab is at work)" }).count()).toBe(1);
      },
    });
    expect(working).toEqual([]);
    await expect.poll(() => page.getByRole("link", { name: "Join", exact: true }).count()).toBe(1);
    await page.getByRole("link", { name: "Join", exact: true }).click();
    await expect.poll(title(page)).toBe("“one-click” is trained. This tab did 40 parts of it. Thank you!");
    const done = await faultsOf(page);
    expect(done).toEqual([]);

    const [inNode] = await Promise.all([coordinate({ job: "in-node" }), work("in-node")]);
    expect(weights).toEqual(inNode);
  });

  test("who leaves gives the part back at once, and another worker does it", async () => {
    const page = await join("left");
    let others: Promise<void> | undefined;
    await coordinate({
      job: "left",
      onRound: async (round) => {
        if (round !== 3) return;
        await page.getByRole("button", { name: "Leave" }).click();
        await expect.poll(title(page)).toMatch(/^You have left “left”\. This tab did \d+ parts of it\. Thank you!$/);
        others = work("left");
      },
    });
    await others;
    await expect.poll(() => page.getByRole("button", { name: "Join again" }).isEnabled()).toBe(true);
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
  });

  test("a job with other pictures, or of another class, is refused in words; another choice fits", async () => {
    const stop = new AbortController();
    const runs = [
      coordinate({ job: "other-pictures", count: 1400, signal: stop.signal }),
      coordinate({ job: "reference", kind: "cpu", signal: stop.signal }),
    ];
    const ends = Promise.allSettled(runs);
    const page = await join("other-pictures");
    await expect.poll(title(page)).toBe("This tab could not join “other-pictures”");
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/^This job trains with other pictures\./);
    const refused = await faultsOf(page);
    expect(refused).toEqual([]);

    await page.getByLabel("Job").fill("reference");
    await page.getByRole("button", { name: "Join again" }).click();
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toMatch(/^This job takes computers of the class “cpu” only, and this tab is “wasm”\./);
    await page.getByLabel("Compute with").selectOption("The reference, which is slow");
    await page.getByRole("button", { name: "Join again" }).click();
    await expect.poll(title(page)).toMatch(/^This tab has done \d+ parts? of “reference”$/);
    stop.abort();
    expect((await ends).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await page.getByRole("button", { name: "Leave" }).click();
    await expect.poll(title(page)).toMatch(/^You have left “reference”/);
  });

  test("a server that does not answer is named, and a job that was taken away", async () => {
    const lost = await join("taken-away");
    const stop = new AbortController();
    const run = coordinate({
      job: "taken-away",
      signal: stop.signal,
      onRound: async () => {
        await expect.poll(title(lost)).toMatch(/^This tab has done \d+ parts? of/);
        stop.abort();
      },
    });
    await expect(run).rejects.toThrow();
    await deleteJob({ servers: server.url, job: "taken-away" });

    const page = await open("room=join&servers=ws://127.0.0.1:1&job=nobody&compute=wasm");
    await page.getByRole("button", { name: "Join" }).click();
    await expect.poll(title(page)).toBe("Connecting to the server …");
    // The tab is patient for half a minute.
    const patience = { timeout: 90_000 };
    await expect.poll(title(page), patience).toBe("This tab could not join “nobody”");
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toMatch(/^No answer came from ws:\/\/127\.0\.0\.1:1 /);
    await expect
      .poll(title(lost), patience)
      .toMatch(/^This tab had to leave “taken-away”. This tab did \d+ parts? of it/);
    await expect.poll(() => lost.getByRole("alert").textContent()).toMatch(/^The training was taken off the server\./);
  });

  test("a server that wants a password is named", async () => {
    const guarded = await startNatsServer({
      configuration: 'authorization { user: "coordinator", password: "secret" }',
    });
    try {
      const page = await open(`room=join&servers=${guarded.websocketUrl}&job=digits-1&compute=wasm`);
      await page.getByRole("button", { name: "Join" }).click();
      await expect
        .poll(() => page.getByRole("alert").textContent())
        .toMatch(/^The server takes visitors only with a password/);
    } finally {
      await guarded.stop();
    }
  });
});
