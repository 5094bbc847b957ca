import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { get } from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterEach, expect, test } from "vitest";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "../../../tools/nats/server.mjs";
import { describeWithNats } from "../support/describeWithNats.js";

const tool = fileURLToPath(new URL("../../../tools/nats/server.mjs", import.meta.url));

const running: NatsServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(options?: NatsServerOptions): Promise<NatsServer> {
  const server = await startNatsServer(options);
  running.push(server);
  return server;
}

/** The names of the server's streams. */
async function streams(server: NatsServer): Promise<string[]> {
  const connection = await connect({ servers: server.url });
  try {
    const manager = await jetstreamManager(connection);
    return await manager.streams.names().next();
  } finally {
    await connection.close();
  }
}

async function addStream(server: NatsServer): Promise<void> {
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "kept", subjects: ["kept.*"] });
  await connection.close();
}

/** Whether it agrees to speak WebSocket. Node 20 itself has no client for that. */
function acceptsWebSockets(server: NatsServer): Promise<boolean> {
  const headers = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  return new Promise((resolve, reject) => {
    get(server.websocketUrl.replace("ws:", "http:"), { headers })
      .on("upgrade", (_response, socket) => {
        socket.destroy();
        resolve(true);
      })
      .on("response", () => resolve(false))
      .on("error", reject);
  });
}

/** Whether nothing listens there any more. */
async function isFree(url: string): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, Number(new URL(url).port));
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
}

/** What the child writes first. */
function firstOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString())));
}

describeWithNats("the NATS server of the tests", () => {
  test("answers by TCP and by WebSocket, on this machine's own address", async () => {
    const server = await start();
    expect(server.url).toMatch(/^nats:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(server.websocketUrl).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(await streams(server)).toEqual([]);
    expect(await acceptsWebSockets(server)).toBe(true);
  });

  test("two run at the same time", async () => {
    const [one, other] = await Promise.all([start(), start()]);
    await addStream(one);
    expect(await streams(one)).toEqual(["kept"]);
    expect(await streams(other)).toEqual([]);
  });

  test("takes the largest message and more configuration", async () => {
    const configuration = "authorization { user: someone, password: secret }";
    const server = await start({ maxPayload: 4096, websocket: false, configuration });
    await expect(connect({ servers: server.url })).rejects.toThrow(/authorization/i);
    const connection = await connect({ servers: server.url, user: "someone", pass: "secret" });
    expect(connection.info?.max_payload).toBe(4096);
    await connection.close();
    expect(() => server.websocketUrl).toThrow("without WebSocket");
  });

  test("a kill and a restart keep the ports and the store", async () => {
    const server = await start();
    const urls = [server.url, server.websocketUrl];
    await addStream(server);
    await server.kill();
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow();
    await server.restart();
    expect([server.url, server.websocketUrl]).toEqual(urls);
    expect(await streams(server)).toEqual(["kept"]);
    await server.restart();
    expect(await streams(server)).toEqual(["kept"]);
  });

  test("a restart waits for a port that another process holds", async () => {
    const server = await start();
    await server.kill();
    const other = createServer();
    await listen(other, Number(new URL(server.url).port));
    const restarted = server.restart();
    await expect.poll(() => server.log).toContain("address already in use");
    other.close();
    await restarted;
    expect(await streams(server)).toEqual([]);
  });

  test("a pause leaves connections open but unanswered, until it ends", async () => {
    const server = await start();
    const connection = await connect({ servers: server.url });
    const expectSilence = () =>
      expect(connect({ servers: server.url, timeout: 200, reconnect: false })).rejects.toThrow(/timeout/i);
    server.pause();
    // The signal reaches the server a moment later.
    await expectSilence();
    let answered = false;
    const answer = connection.flush().then(() => {
      answered = true;
    });
    await expectSilence();
    expect(answered).toBe(false);
    server.resume();
    await answer;
    expect(connection.isClosed()).toBe(false);
    await connection.close();
  });

  test("a stop frees the ports and removes the folder, also of a paused server", async () => {
    const server = await start();
    const folder = dirname(server.store);
    expect(existsSync(folder)).toBe(true);
    server.pause();
    await server.stop();
    expect(existsSync(folder)).toBe(false);
    expect(await isFree(server.url)).toBe(true);
    expect(await isFree(server.websocketUrl)).toBe(true);
  });

  test("a store of the caller's stays", async () => {
    const store = mkdtempSync(join(tmpdir(), "webgpu-cnn-store-"));
    try {
      const first = await start({ store });
      await addStream(first);
      await first.stop();
      expect(readdirSync(store)).not.toEqual([]);
      expect(await streams(await start({ store }))).toEqual(["kept"]);
    } finally {
      rmSync(store, { recursive: true });
    }
  });

  test("a server that does not start says why", async () => {
    await expect(startNatsServer({ configuration: "nonsense {" })).rejects.toThrow(
      /did not start.*\n.*Parse error on line/,
    );
  });

  test.skipIf(process.platform === "win32")("ends with the process that started it, however that ends", async () => {
    const program = `
      import { startNatsServer } from ${JSON.stringify(tool)};
      const server = await startNatsServer();
      console.log(server.url + " " + server.store);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
    const [url = "", store = ""] = (await firstOutput(child)).trim().split(" ");
    expect(await isFree(url)).toBe(false);
    child.kill("SIGKILL");
    await expect.poll(() => isFree(url)).toBe(true);
    await expect.poll(() => existsSync(dirname(store))).toBe(false);
  });

  test("a process that forgets to stop it ends nevertheless", async () => {
    const program = `
      import { startNatsServer } from ${JSON.stringify(tool)};
      console.log((await startNatsServer()).url);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { timeout: 60_000 });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const url = await firstOutput(child);
    expect(await ended).toBe(0);
    await expect.poll(() => isFree(url)).toBe(true);
  });
});
