import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { bytes, joined, natsServer, text } from "./server.js";

// A server of version 2.9 crashes if a value is read while its stream is created.
test("a worker reads no value of a job's record before there is one", async () => {
  const server = await natsServer();
  const spy = await connect({ servers: server.url });
  const read: string[] = [];
  for (const subject of ["$JS.API.*.*.GET.KV_cnn-digits", "$JS.API.DIRECT.GET.KV_cnn-digits.>"]) {
    spy.subscribe(subject, { callback: (_, message) => void read.push(message.subject) });
  }
  await spy.flush();

  const worker = await joined(server);
  const opened = worker.open();
  const owner = await joined(server);
  await owner.create("file", 10);
  expect(await worker.record()).toBeUndefined();
  await spy.flush();
  expect(read).toEqual([]);

  await owner.replaceRecord(bytes("one"), undefined);
  await opened;
  expect(text((await worker.record())?.value)).toBe("one");
  await spy.flush();
  expect(read.length).toBeGreaterThanOrEqual(2);
  expect(new Set(read)).toEqual(new Set(["$JS.API.STREAM.MSG.GET.KV_cnn-digits"]));
  await spy.close();
});
