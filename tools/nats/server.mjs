/** A real NATS server with JetStream for tests and benchmarks. It listens on 127.0.0.1 only, and ends with the process that started it. */

import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findNatsServer } from "./program.mjs";

/**
 * @typedef {object} NatsServerOptions
 * @property {string} [store] the folder of JetStream's files, which stays at the end; default: a new folder, which goes at the end
 * @property {number} [port] of the clients by TCP; default: a free one
 * @property {boolean} [websocket] whether browsers can connect, without TLS; default: true
 * @property {boolean} [jetStream] whether it has JetStream; default: true
 * @property {string} [configuration] more of the server's configuration, for example accounts and permissions
 * @property {number} [maxPayload] the largest message, in bytes; default: the server's own, 1 MiB
 */

/** @typedef {{ port: number, websocketPort: number | undefined }} Ports */

const HOST = "127.0.0.1";
/** The server's own word for a free port. */
const FREE = -1;
/** Milliseconds that a start, an end, or a port that is still taken may need. A busy machine needs some of them. */
const PATIENCE = 30_000;

/**
 * Starts a server and waits until it answers.
 * @param {NatsServerOptions} [options]
 * @returns {Promise<NatsServer>}
 * @throws Error if there is no `nats-server`, or if it does not start
 */
export async function startNatsServer(options = {}) {
  const found = findNatsServer();
  if ("missing" in found) throw new Error(found.missing);
  const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-nats-"));
  const server = new NatsServer(found.program, folder, options);
  try {
    await server.restart();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** A server that runs, or can run again. */
export class NatsServer {
  #program;
  #folder;
  #options;
  /** @type {Ports} */
  #ports;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;

  /**
   * @param {string} program
   * @param {string} folder for the configuration, the log, and the store if none is given
   * @param {NatsServerOptions} options
   */
  constructor(program, folder, options) {
    this.#program = program;
    this.#folder = folder;
    this.#options = options;
    this.#ports = { port: options.port ?? FREE, websocketPort: (options.websocket ?? true) ? FREE : undefined };
    /** The folder of JetStream's files. */
    this.store = options.store ?? join(folder, "store");
  }

  /** Where clients connect by TCP. */
  get url() {
    return `nats://${HOST}:${this.#ports.port}`;
  }

  /** Where browsers connect. */
  get websocketUrl() {
    if (this.#ports.websocketPort === undefined) throw new Error("this server was started without WebSocket");
    return `ws://${HOST}:${this.#ports.websocketPort}`;
  }

  /** What the server has written since its last start. */
  get log() {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  /** Ends the server in good order, and removes its folder. */
  async stop() {
    await this.#end("SIGTERM");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Ends the server at once, as a crash does. The store and the ports stay for `restart`. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** Starts the server again, on the same ports and with the same store. One that still runs is killed first. */
  async restart() {
    await this.kill();
    const patience = AbortSignal.timeout(PATIENCE);
    // Any process may hold a port for a moment, for example a client that tries to reconnect.
    while (!(await this.#start(patience))) await pause(50);
  }

  /** The server does nothing any more, as in a network cut. Its connections stay open. */
  pause() {
    this.#process?.kill("SIGSTOP");
  }

  /** Ends the pause. */
  resume() {
    this.#process?.kill("SIGCONT");
  }

  /**
   * @param {AbortSignal} patience
   * @returns {Promise<boolean>} false: a port is taken
   */
  async #start(patience) {
    const configuration = join(this.#folder, "server.conf");
    mkdirSync(this.store, { recursive: true });
    writeFileSync(configuration, this.#configuration());
    const log = openSync(join(this.#folder, "log"), "w");
    const server = spawn(this.#program, ["-c", configuration], { stdio: ["ignore", log, log] });
    closeSync(log);
    this.#process = server;
    /** @type {string | undefined} */
    let ended;
    server.once("error", (error) => {
      ended = error.message;
    });
    server.once("exit", (code, signal) => {
      ended = signal ?? `status ${code}`;
    });
    // A test that fails before `stop` can still end.
    server.unref();
    this.#watch(server);
    const portsFile = join(this.#folder, `nats-server_${server.pid}.ports`);
    while (ended === undefined && !patience.aborted) {
      const ports = existsSync(portsFile) ? parsePorts(readFileSync(portsFile, "utf8")) : undefined;
      if (ports !== undefined && (await answers(ports.port, this.#options.jetStream ?? true))) {
        this.#ports = ports;
        return true;
      }
      await pause(10);
    }
    if (ended !== undefined && this.log.includes("address already in use") && !patience.aborted) return false;
    throw new Error(`nats-server did not start (${ended ?? `${PATIENCE / 1000} s passed`}):\n${this.log}`);
  }

  #configuration() {
    const { port, websocketPort } = this.#ports;
    const { maxPayload, jetStream = true, configuration = "" } = this.#options;
    const websocket = `websocket { host: "${HOST}", port: ${websocketPort}, no_tls: true }`;
    return [
      `host: "${HOST}"`,
      `port: ${port}`,
      `ports_file_dir: ${JSON.stringify(this.#folder)}`,
      ...(jetStream ? [`jetstream { store_dir: ${JSON.stringify(this.store)} }`] : []),
      ...(websocketPort === undefined ? [] : [websocket]),
      ...(maxPayload === undefined ? [] : [`max_payload: ${maxPayload}`]),
      configuration,
      "",
    ].join("\n");
  }

  /**
   * Another process kills the server and removes its folder when this process has ended, however it ended: its input ends then.
   * @param {import("node:child_process").ChildProcess} server
   */
  #watch(server) {
    if (server.pid === undefined || process.platform === "win32") return;
    const words = ["-c", 'read -r line; kill -KILL "$1"; rm -rf "$2"', "sh", String(server.pid), this.#folder];
    // A terminal's Ctrl-C must not end it: it has a session of its own.
    const watcher = spawn("/bin/sh", words, { stdio: ["pipe", "ignore", "ignore"], detached: true });
    watcher.unref();
    if ("unref" in watcher.stdin && typeof watcher.stdin.unref === "function") watcher.stdin.unref();
    // The number of an ended process may become that of another one.
    server.once("exit", () => watcher.kill("SIGKILL"));
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const server = this.#process;
    this.#process = undefined;
    if (server === undefined || server.pid === undefined || server.exitCode !== null || server.signalCode !== null)
      return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.ref();
    server.kill(signal);
    // A paused process hears no signal but this one and SIGKILL.
    server.kill("SIGCONT");
    const late = setTimeout(() => server.kill("SIGKILL"), PATIENCE);
    await ended;
    clearTimeout(late);
  }
}

/**
 * @param {string} text what the server writes when it listens
 * @returns {Ports | undefined} undefined while it is written
 */
function parsePorts(text) {
  const portOf = (/** @type {string} */ scheme) => {
    const port = new RegExp(`"${scheme}://[^"]*:(\\d+)"`).exec(text)?.[1];
    return port === undefined ? undefined : Number(port);
  };
  const port = portOf("(?:nats|tls)");
  if (!text.trimEnd().endsWith("}") || port === undefined) return undefined;
  return { port, websocketPort: portOf("wss?") };
}

/**
 * @param {number} port
 * @param {boolean} jetStream
 * @returns {Promise<boolean>} whether a NATS server, with or without JetStream, says what it is there
 */
function answers(port, jetStream) {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(/^INFO /.test(text) && text.includes('"jetstream":true') === jetStream));
  });
}
