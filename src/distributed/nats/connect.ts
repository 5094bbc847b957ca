import type { ConnectionOptions, NatsConnection } from "@nats-io/nats-core";
import { OptionError } from "../../core/errors.js";
import { isToken } from "./names.js";
import { loadCore } from "./packages.js";
import type { CheckedServerOptions } from "./serverOptions.js";

/** Opens one connection, and tries each server once. It comes back by itself after every cut. */
export type Connect = (options: CheckedServerOptions, signal: AbortSignal) => Promise<NatsConnection>;

/**
 * Connects by WebSocket, in a page or where there is one.
 *
 * @throws (rejects with) OptionError if the addresses are of another kind, or there is no WebSocket; errors of the client
 */
export async function connect(options: CheckedServerOptions): Promise<NatsConnection> {
  const { operator, servers } = options;
  if (!options.isWebSocket) {
    throw new OptionError(
      `${operator}: servers is ${servers.join(", ")}, but a page joins by WebSocket: ws:// or wss://; turn on websocket in the server's configuration`,
    );
  }
  if (options.tls) {
    throw new OptionError(
      `${operator}: tls is given, but a WebSocket trusts what its page or runtime trusts; leave it out`,
    );
  }
  return connectByWebSocket(options);
}

/** @throws (rejects with) OptionError if there is no WebSocket here */
export async function connectByWebSocket(options: CheckedServerOptions): Promise<NatsConnection> {
  if (typeof globalThis.WebSocket !== "function") {
    throw new OptionError(
      `${options.operator}: servers is ${options.servers.join(", ")}, but there is no WebSocket here; use Node 22, or nats:// addresses`,
    );
  }
  const { wsconnect } = await loadCore();
  return wsconnect(await connectionOptions(options));
}

/** The options of the client, the same for both transports. */
export async function connectionOptions(options: CheckedServerOptions): Promise<ConnectionOptions> {
  const { authentication, job, servers } = options;
  const common: ConnectionOptions = {
    servers: [...servers],
    name: `webgpu-cnn ${job}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    reconnectJitterTLS: 250,
    timeout: 10_000,
    // A cut that no side hears of is found after three of them.
    pingInterval: 10_000,
    maxPingOut: 2,
    noAsyncTraces: true,
    // Servers that only the cluster can reach stay out.
    ignoreClusterUpdates: true,
  };
  if (!authentication) return common;
  if ("token" in authentication) return { ...common, token: authentication.token };
  if ("credentials" in authentication) {
    const { credsAuthenticator } = await loadCore();
    return { ...common, authenticator: credsAuthenticator(new TextEncoder().encode(authentication.credentials)) };
  }
  const { user, password } = authentication;
  return { ...common, user, pass: password, inboxPrefix: inboxPrefix(user) };
}

/**
 * The start of the subjects of answers to a user's requests. A user has an own one, which the permission `_INBOX.>`
 * covers too. A server that gives each user the own one only keeps them from reading each other's answers.
 */
export function inboxPrefix(user: string | undefined): string {
  return isToken(user) ? `_INBOX.${user}` : "_INBOX";
}
