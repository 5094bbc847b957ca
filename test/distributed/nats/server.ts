import { onTestFinished } from "vitest";
import { OptionReader } from "../../../src/core/options.js";
import { connect } from "../../../src/distributed/nats/connect.node.js";
import { JobServer } from "../../../src/distributed/nats/jobServer.js";
import {
  type CheckedServerOptions,
  readServerOptions,
  SERVER_OPTION_NAMES,
} from "../../../src/distributed/nats/serverOptions.js";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";

/** Starts a server, which ends with the test. */
export async function natsServer(configuration?: string): Promise<NatsServer> {
  const server = await startNatsServer({ websocket: false, ...(configuration !== undefined && { configuration }) });
  onTestFinished(() => server.stop());
  return server;
}

/** The options of a public function, checked. */
export function checked(options: object): CheckedServerOptions {
  return readServerOptions("test", new OptionReader("test", options, SERVER_OPTION_NAMES));
}

/** Connects to the server, until the end of the test. */
export async function joined(
  { url }: Pick<NatsServer, "url">,
  options: { user?: string; timeout?: number; signal?: AbortSignal; job?: string } = {},
): Promise<JobServer> {
  const { user, timeout = 20, signal = new AbortController().signal, job = "digits" } = options;
  const authentication = user && { authentication: { user, password: "secret" } };
  const given = { servers: url, job, timeout, ...authentication };
  const server = await JobServer.connect(connect, checked(given), signal);
  onTestFinished(() => server.close());
  return server;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value);
}

/** Bytes that no two objects share. */
export function noise(length: number, seed = 1): Uint8Array {
  const values = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state >>> 24;
  }
  return values;
}

/** Vitest compares large arrays slowly. */
export function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
