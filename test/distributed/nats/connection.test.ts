import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../../src/distributed/nats/connect.node.js";
import { JobServer } from "../../../src/distributed/nats/jobServer.js";
import type { ConnectionReport } from "../../../src/distributed/nats/serverOptions.js";
import { startNatsServer } from "../../../tools/nats/server.mjs";
import { Network } from "../faults/support/network.js";
import { describeWithNats } from "../support/describeWithNats.js";
import { checked, joined, natsServer } from "./server.js";

const { signal } = new AbortController();

/** Something that takes connections and says this to each. */
async function stranger(greeting: string): Promise<{ readonly url: string; readonly sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    if (greeting !== "") socket.write(greeting);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { url: `nats://127.0.0.1:${address.port}`, sockets };
}

function reports() {
  const made: ConnectionReport[] = [];
  return { made, onConnection: (report: ConnectionReport) => void made.push(report) };
}

test.each([
  ["", "takes connections, but does not greet as a NATS server does"],
  ["SSH-2.0-OpenSSH_9.2\r\n", "is no NATS server"],
  ["INFO", "takes connections, but does not greet as a NATS server does"],
])("what greets with %o is no server, and no socket of it stays", async (greeting, why) => {
  const { url: servers, sockets } = await stranger(greeting);
  const options = checked({ servers, job: "digits", timeout: 0.01 });
  await expect(JobServer.connect(connect, options, signal)).rejects.toThrow(`${servers} ${why}`);
  await vi.waitUntil(() => sockets.size === 0);
});

test("an abort leaves no socket either", async () => {
  const { url: servers, sockets } = await stranger("");
  const leave = new AbortController();
  const connecting = JobServer.connect(connect, checked({ servers, job: "digits" }), leave.signal);
  connecting.catch(() => {});
  await vi.waitUntil(() => sockets.size === 1);
  leave.abort(new Error("enough"));
  await expect(connecting).rejects.toThrow("enough");
  await vi.waitUntil(() => sockets.size === 0);
});

describeWithNats("connections", () => {
  test("each failed try is reported, then the connection, its cut and its return", async () => {
    const { made, onConnection } = reports();
    const server = await natsServer();
    const network = await Network.open(server.url);
    onTestFinished(() => network.close());
    network.cut();
    const options = checked({ servers: network.url, job: "digits", onConnection });
    const connecting = JobServer.connect(connect, options, signal);
    await vi.waitUntil(() => made.length > 1);
    expect(made.every(({ isConnected, why }) => !isConnected && why !== undefined)).toBe(true);
    network.mend();
    const job = await connecting;
    onTestFinished(() => job.close());
    expect(made.splice(0).at(-1)).toEqual({ isConnected: true });
    network.cut();
    await vi.waitUntil(() => made.length > 0);
    network.mend();
    await vi.waitUntil(() => made.length > 1);
    expect(made).toEqual([{ isConnected: false, why: "the connection was cut" }, { isConnected: true }]);
  });

  test("one of several servers is enough", async () => {
    const [{ url: silent, sockets }, { url }] = await Promise.all([stranger(""), natsServer()]);
    const options = checked({ servers: [silent, url], job: "digits" });
    const job = await JobServer.connect(connect, options, signal);
    await job.create("memory", 10);
    await job.close();
    await vi.waitUntil(() => sockets.size === 0);
  });

  test("a server that takes tiny messages only is refused", async () => {
    const server = await startNatsServer({ maxPayload: 1024 });
    onTestFinished(() => server.stop());
    await expect(joined(server)).rejects.toThrow("max_payload of the server is 1024 bytes, expected at least 4096");
  });

  test("a server without JetStream is found within seconds, whatever the timeout", async () => {
    const server = await startNatsServer({ jetStream: false });
    onTestFinished(() => server.stop());
    const job = await joined(server, { timeout: 3600 });
    const start = performance.now();
    await expect(job.create("file", 10)).rejects.toThrow("start the server with JetStream: nats-server --jetstream");
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
