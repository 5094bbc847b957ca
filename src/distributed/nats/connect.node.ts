import type { NatsConnection } from "@nats-io/nats-core";
import { OptionError } from "../../core/errors.js";
import { connectByWebSocket, connectionOptions } from "./connect.js";
import { awaitGreeting } from "./greeting.node.js";
import { loadPackage } from "./packages.js";
import type { CheckedServerOptions } from "./serverOptions.js";

/**
 * Connects by TCP or TLS (nats://, tls://), or by WebSocket.
 *
 * @throws (rejects with) OptionError if there is no WebSocket for ws:// or wss://; errors of the client
 */
export async function connect(options: CheckedServerOptions, signal: AbortSignal): Promise<NatsConnection> {
  const { operator, servers, tls } = options;
  if (options.isWebSocket) {
    if (!tls) return connectByWebSocket(options);
    throw new OptionError(
      `${operator}: tls is given, but servers is ${servers.join(", ")}; use nats:// or tls:// addresses, or the environment variable NODE_EXTRA_CA_CERTS`,
    );
  }
  const transport = await loadPackage(() => import("@nats-io/transport-node"), "@nats-io/transport-node");
  await awaitGreeting(servers, signal);
  const common = await connectionOptions(options);
  const isTls = tls !== undefined || servers.some((address) => /^tls:/i.test(address));
  if (!isTls) return transport.connect(common);
  const { ca, cert, key } = tls ?? {};
  return transport.connect({
    ...common,
    tls: { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) },
  });
}
