import { expect, test } from "vitest";
import { JobError } from "../../../src/core/errors.js";
import type { JobServer } from "../../../src/distributed/nats/jobServer.js";
import { bytes, joined, natsServer, noise, text } from "./server.js";

/** Calls of coordinators and workers that need the job. */
const calls: Readonly<Record<string, (job: JobServer) => Promise<unknown>>> = {
  record: (job) => job.record(),
  replaceRecord: (job) => job.replaceRecord(bytes("record"), undefined),
  claim: (job) => job.claim("digest"),
  put: (job) => job.put("weights.0", noise(3_000_000)),
  get: (job) => job.get("weights.0", 1e9),
  remove: (job) => job.remove("weights.0"),
  names: (job) => job.names(),
  putAnswer: (job) => job.putAnswer("0.0.w", noise(3_000_000)),
  getAnswer: (job) => job.getAnswer("0.0.w", 1e9),
  publishWork: (job) => job.publishWork(bytes("work"), "id"),
  outstandingWork: (job) => job.outstandingWork(),
  purgeWork: (job) => job.purgeWork(),
  nextWork: (job) => job.nextWork(2),
  publishAnswer: (job) => job.publishAnswer(0, 0, bytes("answer")),
  answers: (job) => job.answers(0).next(60),
  purgeAnswers: (job) => job.purgeAnswers(0),
  refuse: (job) => job.refuse("w1", "why"),
  refusals: (job) => job.refusals(),
  refusal: (job) => job.refusal("w1"),
};

/** What calls end with: the message of their JobError, or their value. */
async function ends(results: readonly Promise<unknown>[]): Promise<Record<string, unknown>> {
  const settled = await Promise.allSettled(results);
  return Object.fromEntries(
    settled.map((end, i) => {
      const name = Object.keys(calls)[i] ?? "";
      if (end.status === "fulfilled") return [name, end.value];
      return [name, end.reason instanceof JobError ? end.reason.message : end.reason];
    }),
  );
}

const GONE = "test: the job digits is gone from the servers; it was deleted, or it was in memory when they stopped";
const allGone = Object.fromEntries(Object.keys(calls).map((name) => [name, GONE]));

test("calls for a deleted job say so, long before the timeout", async () => {
  const server = await natsServer();
  const job = await joined(server, { timeout: 600 });
  await job.create("file", 60);
  await job.replaceRecord(bytes("record"), undefined);
  await job.put("weights.0", bytes("weights"));
  await (await joined(server)).deleteAll();
  expect(await ends(Object.values(calls).map((call) => call(job)))).toEqual(allGone);
});

test("calls that wait when the job is deleted say so", async () => {
  const server = await natsServer();
  const job = await joined(server, { timeout: 600 });
  await job.create("file", 60);
  const waits = [job.nextWork(2), job.answers(0).next(60)];
  const results = Promise.all(waits.map((wait) => expect(wait).rejects.toThrow(GONE)));
  // Both wait at the server.
  await job.nextWork(0);
  await (await joined(server)).deleteAll();
  await results;
});

test("a job in memory is gone with its server", async () => {
  const server = await natsServer();
  const job = await joined(server, { timeout: 600 });
  await job.create("memory", 60);
  await job.replaceRecord(bytes("record"), undefined);
  await server.restart();
  expect(await ends(Object.values(calls).map((call) => call(job)))).toEqual(allGone);
});

test("a wait for work outlives a job that is deleted and soon begun anew", async () => {
  const server = await natsServer();
  const job = await joined(server, { timeout: 60 });
  await job.create("file", 60);
  // A request that comes between the deletion and the creation gets no answer, and is repeated 5 seconds after its wait.
  const work = job.nextWork(3);
  const coordinator = await joined(server);
  await coordinator.deleteAll();
  await coordinator.create("file", 60);
  await coordinator.publishWork(bytes("work"), "id");
  expect(text((await work)?.bytes)).toBe("work");
});
