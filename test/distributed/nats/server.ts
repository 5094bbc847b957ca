import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { OptionReader } from "../../../src/core/options.js";
import { connect as connectInNode } from "../../../src/distributed/nats/connect.node.js";
import { JobServer } from "../../../src/distributed/nats/jobServer.js";
import { readServerOptions, SERVER_OPTION_NAMES } from "../../../src/distributed/nats/serverOptions.js";

/** A nats-server with JetStream, which keeps its port and its files over restarts. */
export interface NatsServer {
  readonly port: number;
  readonly address: string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a server, which ends with the test. */
export async function natsServer(configuration = ""): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), "nats-"));
  const port = await freePort();
  const file = join(folder, "server.conf");
  await writeFile(file, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${folder}" }\n${configuration}`);
  let process: ChildProcess | undefined;
  const server: NatsServer = {
    port,
    address: `nats://127.0.0.1:${port}`,
    async kill() {
      const running = process;
      process = undefined;
      if (!running || running.exitCode !== null) return;
      const exit = once(running, "exit");
      running.kill("SIGKILL");
      await exit;
    },
    async start() {
      process = spawn("nats-server", ["-c", file], { stdio: "ignore" });
      for (let isUp = false; !isUp; ) isUp = await answers(port);
    },
  };
  onTestFinished(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  await server.start();
  return server;
}

/** Connects to the server, until the end of the test. */
export async function joined(
  { address }: NatsServer,
  options: { user?: string; timeout?: number; signal?: AbortSignal; job?: string } = {},
): Promise<JobServer> {
  const { user, timeout = 20, signal = new AbortController().signal, job = "digits" } = options;
  const given = { servers: address, job, timeout, ...(user && { authentication: { user, password: "secret" } }) };
  const checked = readServerOptions("test", new OptionReader("test", given, SERVER_OPTION_NAMES));
  const server = await JobServer.connect(connectInNode, checked, signal);
  onTestFinished(() => server.close());
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  server.close();
  await once(server, "close");
  return address.port;
}

/** Whether something listens at the port. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => setTimeout(() => resolve(false), 20));
  });
}
