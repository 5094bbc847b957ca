import { connect as connectSocket } from "node:net";

/** A server greets at once. A stopped one takes connections and says nothing. Milliseconds. */
const PATIENCE = 5000;
const DEFAULT_PORT = 4222;
/** The first words of a NATS server, before it asks for TLS too. */
const GREETING = "INFO ";

/**
 * Waits until one of the servers greets. The client alone would keep the socket of what takes a connection and does not
 * speak NATS, so that the process would never end.
 *
 * @param servers nats:// or tls:// addresses
 * @throws (rejects with) the last error if none greets, or the signal's reason
 */
export async function awaitGreeting(servers: readonly string[], signal: AbortSignal): Promise<void> {
  const end = new AbortController();
  try {
    await Promise.any(servers.map((server) => greeting(server, AbortSignal.any([signal, end.signal]))));
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AggregateError ? error.errors.at(-1) : error;
  } finally {
    end.abort();
  }
}

function greeting(server: string, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port: Number(port) || DEFAULT_PORT, signal });
    const fail = (why: string) => reject(new Error(`${server} ${why}`));
    let heard = "";
    socket.setTimeout(PATIENCE, () => {
      fail("takes connections, but does not greet as a NATS server does");
      socket.destroy();
    });
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
      if (heard.length < GREETING.length) return;
      if (heard.startsWith(GREETING)) resolve();
      else fail("is no NATS server");
      socket.destroy();
    });
    socket.on("error", (error) => {
      if ("code" in error && error.code === "ECONNREFUSED") fail("refuses connections");
      else reject(error);
    });
    socket.on("close", () => fail("closed the connection without a greeting"));
  });
}
