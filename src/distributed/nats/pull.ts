import type { Msg, Subscription } from "@nats-io/nats-core";
import { onAbort } from "../abort.js";
import { EndedError } from "./failures.js";
import type { Link } from "./link.js";
import { loadCore } from "./packages.js";
import { REQUEST_TIMEOUT } from "./retry.js";

/**
 * The server keeps a request for one message at most and at least so long. Milliseconds. A request without any wait may
 * get no answer: after a crash a server counts messages that are gone.
 */
const LONGEST_PULL = 20_000;
const SHORTEST_PULL = 50;

/** How long a request that is taken back may wait for what was on its way. Milliseconds. */
const TAKING_BACK = 2000;

export interface PullOptions {
  readonly stream: string;
  readonly consumer: string;
  /** How long the server may wait for a message. Milliseconds. */
  readonly wait: number;
  /** Takes the request back when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Asks a consumer for one message, by one request to the server. The client's own consumers ask again by themselves, so
 * that messages would arrive that nobody waits for any more.
 *
 * An abort takes the request back. The call then gives what was on its way, and nothing comes after it. A request that
 * still stands would get even the message that its own worker gives back.
 *
 * @returns undefined if there was none
 * @throws (rejects with) passing errors, if the consumer or the connection is gone
 */
export async function pullOne(link: Link, options: PullOptions): Promise<Msg | undefined> {
  const { stream, consumer, wait, signal } = options;
  const { createInbox } = await loadCore();
  signal.throwIfAborted();
  const milliseconds = Math.ceil(Math.min(Math.max(wait, SHORTEST_PULL), LONGEST_PULL));
  const request = { batch: 1, expires: milliseconds * 1_000_000 };
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  // A message of a stream keeps its subject, so that the inbox which other requests share does not know it.
  const reply = createInbox(link.inboxPrefix);
  const unwatch = link.watch(subject);
  let forget = () => {};
  const message = await new Promise<Msg | undefined>((resolve, reject) => {
    const subscription = link.connection.subscribe(reply, {
      ...{ max: 1, timeout: milliseconds + REQUEST_TIMEOUT },
      callback: (error, message) => {
        if (!error) resolve(message);
        else {
          // After a timeout, the client would let a late message in.
          subscription.unsubscribe();
          reject(error);
        }
      },
    });
    // It comes after the message, if there is one.
    subscription.closed.then(() =>
      signal.aborted ? resolve(undefined) : reject(new EndedError("the connection has ended")),
    );
    forget = onAbort(signal, () => takeBack(link, subscription));
    link.connection.publish(subject, JSON.stringify(request), { reply });
  }).finally(() => {
    forget();
    unwatch();
  });
  return message && messageIn(message);
}

/** Closes the subscription when all that was on its way has come. */
function takeBack(link: Link, subscription: Subscription): void {
  if (subscription.isClosed()) return;
  if (!link.isConnected) {
    subscription.unsubscribe();
    return;
  }
  const late = setTimeout(() => subscription.unsubscribe(), TAKING_BACK);
  subscription.closed.then(() => clearTimeout(late));
  // It also ends if the connection does.
  subscription.drain().catch(() => subscription.unsubscribe());
}

/** The message, or undefined if the server says that there is none. */
function messageIn(message: Msg): Msg | undefined {
  const code = message.headers?.code ?? 0;
  if (code === 0) return message;
  if (code === 404 || code === 408) return undefined;
  throw new EndedError(`${message.headers?.description ?? "unknown status"} (${code})`);
}

/** The number of a message in its stream, from the subject where it is acknowledged. */
export function streamSequence(message: Msg): number {
  const parts = message.reply?.split(".") ?? [];
  // Newer servers put the domain and the account first.
  return Number(parts[parts.length > 9 ? 7 : 5]);
}
