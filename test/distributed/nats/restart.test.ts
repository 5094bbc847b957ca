import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { JobServer } from "../../../src/distributed/nats/jobServer.js";
import type { NatsServer } from "../../../tools/nats/server.mjs";
import { bytes, isSame, joined, natsServer, noise, text } from "./server.js";

async function newJob(timeout = 60) {
  const server = await natsServer();
  const job = await joined(server, { timeout });
  await job.create("file", 60);
  return { server, job };
}

const large = noise(6_000_000);

/** Calls, with what must be there before them and what they give. Each runs while the server crashes. */
const calls: readonly {
  readonly name: string;
  readonly prepare?: (job: JobServer) => Promise<unknown>;
  readonly call: (job: JobServer, server: NatsServer) => Promise<unknown>;
  readonly check: (result: unknown, job: JobServer) => unknown;
}[] = [
  {
    name: "create",
    call: (job) => job.create("file", 1),
    check: async (_, job) => expect(await job.names()).toEqual([]),
  },
  {
    name: "open",
    prepare: (job) => job.replaceRecord(bytes("record"), undefined),
    call: (job) => job.open(),
    check: () => undefined,
  },
  {
    name: "record",
    prepare: (job) => job.replaceRecord(bytes("record"), undefined),
    call: async (job) => text((await job.record())?.value),
    check: (result) => expect(result).toBe("record"),
  },
  {
    name: "replaceRecord",
    call: (job) => job.replaceRecord(bytes("record"), undefined),
    check: async (result, job) => {
      const record = await job.record();
      expect(text(record?.value)).toBe("record");
      expect(result).toBe(record?.revision);
    },
  },
  {
    name: "put",
    call: (job) => job.put("weights.0", large),
    check: async (_, job) => expect(isSame(await job.get("weights.0", 1e9), large)).toBe(true),
  },
  {
    name: "get",
    prepare: (job) => job.put("weights.0", large),
    call: async (job) => isSame(await job.get("weights.0", 1e9), large),
    check: (result) => expect(result).toBe(true),
  },
  {
    name: "remove",
    prepare: (job) => job.put("weights.0", large),
    call: (job) => job.remove("weights.0"),
    check: async (_, job) => expect(await job.names()).toEqual([]),
  },
  {
    name: "names",
    prepare: (job) => job.put("weights.0", bytes("weights")),
    call: (job) => job.names(),
    check: (result) => expect(result).toEqual(["weights.0"]),
  },
  {
    name: "publishWork",
    call: (job) => job.publishWork(bytes("work"), "id"),
    check: async (_, job) => {
      expect(text((await job.nextWork(20))?.bytes)).toBe("work");
      expect(await job.nextWork(0)).toBeUndefined();
    },
  },
  {
    name: "publishAnswer",
    call: (job) => job.publishAnswer(0, 0, bytes("answer")),
    check: async (_, job) => {
      const answers = job.answers(0);
      expect(text(await answers.next(20))).toBe("answer");
      expect(await answers.next(0)).toBeUndefined();
    },
  },
  {
    name: "nextWork",
    prepare: (job) => job.publishWork(bytes("work"), "id"),
    call: async (job) => {
      await job.nextWork(20);
      return job.nextWork(4);
    },
    check: (result) => expect(result).toBeUndefined(),
  },
  {
    name: "purgeAnswers",
    prepare: (job) => Promise.all([job.publishAnswer(0, 0, bytes("answer")), job.putAnswer("0.0", bytes("answer"))]),
    call: (job) => job.purgeAnswers(0),
    check: async (_, job) => {
      expect(await job.answers(0).next(0)).toBeUndefined();
      expect(await job.getAnswer("0.0", 9)).toBeUndefined();
    },
  },
  {
    name: "purgeWork",
    prepare: (job) => job.publishWork(bytes("work"), "id"),
    call: (job) => job.purgeWork(),
    check: async (_, job) => expect(await job.nextWork(0)).toBeUndefined(),
  },
  {
    name: "refuse and refusals",
    call: async (job) => {
      await job.refuse("w1", "why");
      return job.refusals();
    },
    check: (result) => expect(result).toEqual(new Map([["w1", "why"]])),
  },
  {
    name: "deleteAll",
    call: (job) => job.deleteAll(),
    check: (_, job) => job.create("file", 1),
  },
];

describe("a crash of the server", () => {
  test.each(calls)("before $name", async ({ prepare, call, check }) => {
    const { server, job } = await newJob();
    await prepare?.(job);
    await server.kill();
    const result = call(job, server);
    await server.restart();
    await check(await result, job);
  });

  test.each(calls)("in the middle of $name", async ({ prepare, call, check }) => {
    const { server, job } = await newJob();
    await prepare?.(job);
    const result = call(job, server);
    const crash = server.kill().then(() => server.restart());
    await Promise.all([result, crash]);
    await check(await result, job);
  });

  test("during a wait for work: what is published after it arrives", async () => {
    const { server, job } = await newJob();
    const worker = await joined(server, { timeout: 60 });
    const work = worker.nextWork(60);
    await expect(worker.nextWork(0)).resolves.toBeUndefined();
    await server.restart();
    await job.publishWork(bytes("work"), "id");
    expect(text((await work)?.bytes)).toBe("work");
  });

  test("work that a worker holds is confirmed after it", async () => {
    const { server, job } = await newJob();
    await job.create("file", 1);
    await job.publishWork(bytes("work"), "id");
    const work = await job.nextWork(20);
    await server.restart();
    // The connection is back.
    await job.record();
    await work?.done();
    await expect.poll(async () => (await job.nextWork(2))?.done()).toBeUndefined();
    expect(await job.nextWork(2)).toBeUndefined();
  });

  test("during a wait for answers: none is lost", async () => {
    const { server, job } = await newJob();
    const worker = await joined(server, { timeout: 60 });
    const answers = job.answers(0);
    await worker.publishAnswer(0, 0, bytes("0"));
    expect(text(await answers.next(20))).toBe("0");
    const heard = new Set<string | undefined>();
    const reading = (async () => {
      while (heard.size < 40) heard.add(text(await answers.next(60)));
    })();
    for (let replica = 1; replica <= 40; replica++) {
      if (replica % 10 === 5) await server.restart();
      await worker.publishAnswer(0, replica, bytes(`${replica}`));
    }
    await reading;
    expect([...heard].sort()).toEqual(Array.from({ length: 40 }, (_, i) => `${i + 1}`).sort());
  });

  test("heartbeats go on after it, and none throws without a connection", async () => {
    const { server, job } = await newJob();
    const worker = await joined(server);
    let count = 0;
    job.onHeartbeat(() => count++);
    await server.kill();
    worker.heartbeat("w1", bytes("alive"));
    await server.restart();
    await expect
      .poll(() => {
        worker.heartbeat("w1", bytes("alive"));
        return count;
      })
      .toBeGreaterThan(0);
  });
});

describe("a connection that is cut without a word", () => {
  test.each(calls)("during $name", async ({ prepare, call, check }) => {
    const { server, job } = await newJob();
    await prepare?.(job);
    server.pause();
    const result = call(job, server);
    // The request is lost with the process that was asked.
    await server.kill();
    await server.restart();
    await check(await result, job);
  });
});

test("cuts of the connection lose no answer and no work, while the server goes on", async () => {
  const server = await natsServer();
  const lines = await cuttableLines(server);
  const job = await joined({ url: lines.url }, { timeout: 60 });
  await job.create("file", 1);
  const worker = await joined(server);
  const count = 60;
  const answers = job.answers(0);
  const heard = new Set<string | undefined>();
  const done = new Set<string | undefined>();
  const reading = (async () => {
    while (heard.size < count) heard.add(text(await answers.next(20)));
  })();
  const working = (async () => {
    while (done.size < count) {
      const work = await job.nextWork(20);
      done.add(text(work?.bytes));
      await work?.done();
    }
  })();
  for (let i = 0; i < count; i++) {
    if (i % 5 === 2) lines.cut();
    await worker.publishAnswer(0, i, bytes(`${i}`));
    if (i % 5 === 3) lines.cut();
    await worker.publishWork(bytes(`${i}`), `${i}`);
  }
  await Promise.all([reading, working]);
  const all = Array.from({ length: count }, (_, i) => `${i}`).sort();
  expect([...heard].sort()).toEqual(all);
  expect([...done].sort()).toEqual(all);
  // A piece whose confirmation a cut swallowed comes again.
  while ((await job.outstandingWork()) > 0) await (await job.nextWork(2))?.done();
});

/** Another address of the server, whose connections can be cut. */
async function cuttableLines({ url }: NatsServer) {
  const { port } = new URL(url);
  const sockets = new Set<Socket>();
  const lines = createServer((client) => {
    const toServer = connect(Number(port), "127.0.0.1");
    for (const [from, to] of [
      [client, toServer],
      [toServer, client],
    ] as const) {
      sockets.add(from);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      // A cut is no news.
      from.on("error", () => undefined);
      from.pipe(to);
    }
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  lines.listen(0, "127.0.0.1");
  await once(lines, "listening");
  onTestFinished(() => {
    lines.close();
    cut();
  });
  const address = lines.address();
  if (typeof address !== "object" || address === null) throw new Error("the lines have no port");
  return { url: `nats://127.0.0.1:${address.port}`, cut };
}

test("an abort ends a call at once while the server is away", async () => {
  const server = await natsServer();
  const abort = new AbortController();
  const job = await joined(server, { signal: abort.signal });
  await server.kill();
  const waits = [job.record(), job.put("a", bytes("a")), job.nextWork(20), job.answers(0).next(20), job.open()];
  const ends = Promise.allSettled(waits);
  const reason = new Error("enough");
  abort.abort(reason);
  expect(await ends).toEqual(waits.map(() => ({ status: "rejected", reason })));
});
