import type { Msg } from "@nats-io/nats-core";
import type { Link } from "./link.js";
import { REQUEST_TIMEOUT, unlessAborted } from "./retry.js";

/** The server keeps a request for one message this long at most. Milliseconds. */
const LONGEST_PULL = 20_000;

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
  const wait = Math.min(Math.ceil(milliseconds), LONGEST_PULL);
  const request = wait > 0 ? { batch: 1, expires: wait * 1_000_000 } : { batch: 1, no_wait: true };
  // A message of a stream keeps its subject, so that the inbox which other requests share does not know it.
  const options = { noMux: true, timeout: Math.max(wait, 0) + REQUEST_TIMEOUT };
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  const message = await unlessAborted(link.connection.request(subject, JSON.stringify(request), options), link.uncut);
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
