import type { Msg } from "@nats-io/nats-core";
import type { Link } from "./link.js";
import { REQUEST_TIMEOUT } from "./retry.js";

/**
 * The server keeps a request for one message at most and at least so long. Milliseconds. A request without any wait may
 * get no answer: after a crash a server counts messages that are gone.
 */
const LONGEST_PULL = 20_000;
const SHORTEST_PULL = 50;

/** The server ended a request, because it stops or another one leads now. It passes. */
class EndedError extends Error {
  override readonly name = "RequestError";
}

/** Somebody deleted the consumer, and the job with it. It does not pass. */
class DeletedError extends Error {
  override readonly name = "DeletedError";
}

/**
 * Asks a consumer for one message, by one request to the server. The client's own consumers ask again by themselves, so
 * that messages would arrive that nobody waits for any more.
 *
 * @param milliseconds how long the server may wait for one
 * @returns undefined if there was none
 * @throws (rejects with) passing errors, if the consumer or the connection is gone
 */
export async function pullOne(
  link: Link,
  stream: string,
  consumer: string,
  milliseconds: number,
): Promise<Msg | undefined> {
  const wait = Math.ceil(Math.min(Math.max(milliseconds, SHORTEST_PULL), LONGEST_PULL));
  const request = { batch: 1, expires: wait * 1_000_000 };
  // A message of a stream keeps its subject, so that the inbox which other requests share does not know it.
  const options = { noMux: true, timeout: wait + REQUEST_TIMEOUT };
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  const message = await link.connection.request(subject, JSON.stringify(request), options);
  const code = message.headers?.code ?? 0;
  if (code === 0) return message;
  if (code === 404 || code === 408) return undefined;
  const description = message.headers?.description ?? "unknown status";
  if (/consumer deleted/i.test(description)) throw new DeletedError("somebody deleted the job");
  throw new EndedError(`${description} (${code})`);
}

/** The number of a message in its stream, from the subject where it is acknowledged. */
export function streamSequence(message: Msg): number {
  const parts = message.reply?.split(".") ?? [];
  // Newer servers put the domain and the account first.
  return Number(parts[parts.length > 9 ? 7 : 5]);
}
