import { JobError } from "../../core/errors.js";
import { RemediableJobError } from "../remedies.js";

/** Errors of the clients that pass when the connection or the server is back. */
const PASSING = new Set([
  "TimeoutError",
  "NoResponders",
  "RequestError",
  "ConnectionError",
  "ProtocolError",
  "ClosedConnectionError",
  "DrainingConnectionError",
  "JetStreamNotEnabled",
  "StreamNotFoundError",
  "ConsumerNotFoundError",
  "EndedError",
  // A server that speaks no NATS yet, or that closes the socket.
  "Error",
]);

/** Codes of JetStream's own errors that pass: not ready, no leader, consumer or stream not there yet after a start. */
const PASSING_CODES = new Set([10008, 10009, 10014, 10059, 10107]);

/** JetStream's code for a compare-and-set that met another revision. */
export const WRONG_LAST_SEQUENCE = 10071;

/** JetStream's code for a message that is not there. */
export const NO_MESSAGE = 10037;

/** JetStream's code for a stream that is not there. */
export const STREAM_NOT_FOUND = 10059;

/** The server ended a request that waited: it stops, another one leads now, or the job was deleted. It passes. */
export class EndedError extends Error {
  override readonly name = "EndedError";
}

/** The servers answer, and have no job of this name any more. It passes only if they have just started. */
export class JobGoneError extends JobError {}

/** Failures of calls for a job that was deleted. There are other reasons for each. */
const SIGNS_OF_DELETION = new Set([
  // A request for work to a queue that is gone gets no answer at all.
  "TimeoutError",
  "EndedError",
  "NoResponders",
  "JetStreamNotEnabled",
  "StreamNotFoundError",
  "ConsumerNotFoundError",
]);

/** Whether the job may have been deleted. */
export function mayBeDeleted(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (SIGNS_OF_DELETION.has(each.name)) return true;
  }
  return jetStreamCode(error) === STREAM_NOT_FOUND;
}

/** JetStream's code of an error, or undefined if it is of another kind. */
export function jetStreamCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !isApiError(error)) return undefined;
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "number" ? code : undefined;
}

function isApiError(error: unknown): boolean {
  return (
    error instanceof Error && ["JetStreamApiError", "StreamNotFoundError", "ConsumerNotFoundError"].includes(error.name)
  );
}

/** What the server forbids: "publish to …" or "subscribe to …". */
export interface Denial {
  readonly operation: string;
  readonly subject: string;
}

/** The denial in an error or among its causes. */
export function denialOf(error: unknown): Denial | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each.name !== "PermissionViolationError") continue;
    const operation: unknown = Reflect.get(each, "operation");
    const subject: unknown = Reflect.get(each, "subject");
    return { operation: operation === "subscription" ? "subscribe to" : "publish to", subject: String(subject) };
  }
  return undefined;
}

/** The error of a call whose permission is missing. */
export function deniedError(operator: string, { operation, subject }: Denial, cause?: unknown): JobError {
  return new JobError(
    `${operator}: the server forbids this user to ${operation} ${subject}; give the user this permission, or check the login and the name of the job`,
    { cause },
  );
}

/** Whether the servers refuse the user. */
export function isLoginError(error: unknown): boolean {
  return error instanceof Error && ["AuthorizationError", "UserAuthenticationExpiredError"].includes(error.name);
}

/** The error of a user that the servers do not let in. */
export function loginError(operator: string, servers: readonly string[], cause: unknown): JobError {
  const what = `${servers.join(", ")} refused the login, ${messageOf(cause)}`;
  return new RemediableJobError({ operator, what, remedy: "login", advice: "check authentication", cause });
}

/** Whether a call that failed so may succeed later. */
export function isPassing(error: unknown): boolean {
  // The client wraps a denial in an error that passes otherwise.
  if (!(error instanceof Error) || denialOf(error) || lacksTls(error)) return false;
  if (error instanceof JobGoneError) return true;
  if (isApiError(error)) {
    const status: unknown = Reflect.get(error, "status");
    return status === 503 || PASSING_CODES.has(jetStreamCode(error) ?? 0);
  }
  // System errors of Node's sockets have a code: ECONNREFUSED, ENOTFOUND.
  const code: unknown = Reflect.get(error, "code");
  return PASSING.has(error.name) || (typeof code === "string" && /^E[A-Z]+$/.test(code));
}

/** Whether a server answers, but has no JetStream. */
export function runsWithoutJetStream(error: unknown): boolean {
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}

/** Whether the addresses ask for TLS, and the server has none. */
export function lacksTls(error: unknown): boolean {
  return error instanceof Error && error.message === "server does not support 'tls'";
}

/** What to do about a failure that does not pass after all. */
export function adviceFor(error: unknown): string {
  if (runsWithoutJetStream(error)) return "start the server with JetStream: nats-server --jetstream";
  if (jetStreamCode(error) !== undefined) return "check that the job was not deleted";
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "check the name of the server";
  return "check that a NATS server runs there (nats-server --jetstream), and that the network reaches it";
}

export function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}
