import { expect, test } from "vitest";
import { JobError } from "../../../src/core/errors.js";
import { bytes, isSame, joined, natsServer, noise, text } from "./server.js";

async function newJob(lease = 10) {
  const server = await natsServer();
  const job = await joined(server);
  await job.create("file", lease);
  return { server, job };
}

test("the record is written by compare-and-set", async () => {
  const { server, job } = await newJob();
  expect(await job.record()).toBeUndefined();
  const first = await job.replaceRecord(bytes("one"), undefined);
  expect(first).toBeGreaterThan(0);
  const other = await joined(server);
  expect(await other.replaceRecord(bytes("two"), undefined)).toBeUndefined();
  const second = await other.replaceRecord(bytes("two"), first);
  expect(second).toBeGreaterThan(first ?? 0);
  expect(await job.replaceRecord(bytes("three"), first)).toBeUndefined();
  // The same bytes are not the own ones if the call met no failure.
  expect(await job.replaceRecord(bytes("two"), first)).toBeUndefined();
  const record = await job.record();
  expect(text(record?.value)).toBe("two");
  expect(record?.revision).toBe(second);
});

test("creation leaves what exists as it is", async () => {
  const { job } = await newJob(0.5);
  await job.create("memory", 60);
  await job.publishWork(bytes("piece"), "piece");
  expect(text((await job.nextWork(5))?.bytes)).toBe("piece");
  expect(text((await job.nextWork(5))?.bytes)).toBe("piece");
});

test("objects are stored, replaced, listed and deleted", async () => {
  const { job } = await newJob();
  const large = noise(5_000_001);
  await job.put("weights.0", large);
  expect(isSame(await job.get("weights.0", large.length), large)).toBe(true);
  await job.put("weights.0", large);
  expect(isSame(await job.get("weights.0", large.length), large)).toBe(true);
  await job.put("weights.0", bytes("small"));
  await job.put("empty", new Uint8Array(0));
  expect(text(await job.get("weights.0", 5))).toBe("small");
  expect(await job.get("empty", 0)).toEqual(new Uint8Array(0));
  expect((await job.names()).sort()).toEqual(["empty", "weights.0"]);
  await expect(job.get("weights.0", 4)).rejects.toThrow("weights.0 has 5 bytes on the server, expected at most 4");
  await job.remove("weights.0");
  expect(await job.names()).toEqual(["empty"]);
  expect(await job.get("weights.0", 5)).toBeUndefined();
  await job.remove("weights.0");
});

test("work goes to one worker, and comes again after the lease or when it is given back", async () => {
  const { server, job } = await newJob(1);
  const other = await joined(server);
  await job.publishWork(bytes("a"), "a");
  await job.publishWork(bytes("a"), "a");
  const work = await job.nextWork(5);
  expect(text(work?.bytes)).toBe("a");
  expect(await other.nextWork(0)).toBeUndefined();
  const again = await other.nextWork(10);
  expect(text(again?.bytes)).toBe("a");
  again?.giveBack(0);
  const last = await job.nextWork(10);
  expect(text(last?.bytes)).toBe("a");
  await last?.done();
  // Longer than the lease.
  expect(await job.nextWork(1.5)).toBeUndefined();
});

test("an abort ends the wait for work at once, and work that comes after it goes to others", async () => {
  const { server, job } = await newJob(60);
  const other = await joined(server);
  const abort = new AbortController();
  const wait = other.nextWork(20, abort.signal);
  abort.abort(new Error("enough"));
  await expect(wait).rejects.toThrow("enough");
  await job.publishWork(bytes("late"), "late");
  expect(text((await job.nextWork(20))?.bytes)).toBe("late");
});

test("a worker that leaves while it waits for more keeps nothing back", async () => {
  const { server, job } = await newJob(600);
  for (let i = 0; i < 20; i++) {
    const piece = `${i}`;
    const leaver = await joined(server);
    await job.publishWork(bytes(piece), piece);
    const held = await leaver.nextWork(20);
    const abort = new AbortController();
    const more = leaver.nextWork(20, abort.signal);
    // Half of the time the request for more has reached the server.
    if (i % 2 === 0) await job.outstandingWork();
    abort.abort(new Error("enough"));
    await expect(more).rejects.toThrow("enough");
    held?.giveBack(0);
    await leaver.close();
    const again = await job.nextWork(20);
    expect(text(again?.bytes)).toBe(piece);
    await again?.done();
  }
});

test("what is on its way to a worker that leaves goes to others", async () => {
  const { server, job } = await newJob(600);
  for (let i = 0; i < 20; i++) {
    const piece = `${i}`;
    const leaver = await joined(server);
    const abort = new AbortController();
    const work = leaver.nextWork(20, abort.signal);
    await job.outstandingWork();
    const published = job.publishWork(bytes(piece), piece);
    if (i % 2 === 0) await published;
    abort.abort(new Error("enough"));
    // It may have got the piece before the abort.
    const held = await work.catch(() => undefined);
    held?.giveBack(0);
    await leaver.close();
    await published;
    const again = await job.nextWork(20);
    expect(text(again?.bytes)).toBe(piece);
    await again?.done();
  }
});

test("answers of a round come from its first on, until they are purged", async () => {
  const { job } = await newJob();
  await job.publishAnswer(3, 0, bytes("3.0"));
  await job.publishAnswer(4, 0, bytes("4.0"));
  await job.publishAnswer(4, 1, bytes("4.1"));
  await job.putAnswer("3.0.w", noise(3_000_000));
  await job.putAnswer("4.0.w", bytes("large"));
  const answers = job.answers(4);
  expect(text(await answers.next(5))).toBe("4.0");
  expect(text(await answers.next(5))).toBe("4.1");
  const next = answers.next(20);
  await job.publishAnswer(4, 2, bytes("4.2"));
  expect(text(await next)).toBe("4.2");
  expect(await answers.next(0)).toBeUndefined();
  answers.close();
  await job.purgeAnswers(3);
  expect(await job.answers(3).next(0)).toBeUndefined();
  expect(text(await job.answers(4).next(5))).toBe("4.0");
  expect(await job.getAnswer("3.0.w", 1e9)).toBeUndefined();
  expect(text(await job.getAnswer("4.0.w", 1e9))).toBe("large");
});

test("heartbeats and refusals", async () => {
  const { server, job } = await newJob();
  const worker = await joined(server);
  const heard: string[] = [];
  const stop = job.onHeartbeat((id, beat) => heard.push(`${id} ${text(beat)}`));
  await expect
    .poll(() => {
      worker.heartbeat("w-1", bytes("alive"));
      return heard;
    })
    .toContain("w-1 alive");
  stop();
  expect(await job.refusals()).toEqual(new Map());
  await job.refuse("w-1", "wrong data");
  await job.refuse("w-2", "wrong class");
  expect(await job.refusals()).toEqual(
    new Map([
      ["w-1", "wrong data"],
      ["w-2", "wrong class"],
    ]),
  );
  expect(await worker.refusal("w-1")).toBe("wrong data");
  expect(await worker.refusal("w-3")).toBeUndefined();
  expect(worker.bytesSent).toBeGreaterThan(0);
  expect(worker.bytesReceived).toBeGreaterThan(0);
});

test("a worker waits for the job; a deleted job is gone", async () => {
  const server = await natsServer();
  const worker = await joined(server);
  let isOpen = false;
  const opening = worker.open().then(() => (isOpen = true));
  const job = await joined(server);
  await job.create("memory", 10);
  expect(isOpen).toBe(false);
  await job.replaceRecord(bytes("{}"), undefined);
  await opening;
  await job.deleteAll();
  await job.deleteAll();
  const abort = new AbortController();
  const again = worker.open(abort.signal);
  abort.abort(new Error("enough"));
  await expect(again).rejects.toThrow("enough");
});

test("messages above the server's limit are refused", async () => {
  const { job } = await newJob();
  await expect(job.publishAnswer(0, 0, new Uint8Array(job.maxPayload + 1))).rejects.toThrow(JobError);
  await job.publishAnswer(0, 0, noise(job.maxPayload));
  expect(isSame(await job.answers(0).next(5), noise(job.maxPayload))).toBe(true);
});

test("silent servers, and the close of a job, end calls with a JobError", async () => {
  const server = await natsServer();
  const job = await joined(server, { timeout: 1 });
  await server.kill();
  await expect(job.record()).rejects.toThrow(
    /^test: the reading of the job's record failed on nats:.* for 1 s, the last/,
  );
  await expect(joined(server, { timeout: 0.5 })).rejects.toThrow("test: the connection failed on nats:");
  const waiting = job.nextWork(20);
  await job.close();
  await expect(waiting).rejects.toThrow("test: the connection to the servers is closed");
});
