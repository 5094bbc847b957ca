import { show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import { isToken } from "./names.js";

/** Whether there is a connection to the servers; see `onConnection` of {@link ServerOptions}. */
export interface ConnectionReport {
  /** Whether it is there now. */
  readonly isConnected: boolean;
  /** Why there is none. */
  readonly why?: string | undefined;
}

/** How to reach the NATS servers of a job. */
export interface ServerOptions {
  /** One or more addresses: ws:// or wss://, in Node also nats:// or tls://. */
  readonly servers: string | readonly string[];
  /** The name of the job: up to 64 letters, digits, "_" and "-". */
  readonly job: string;
  /** How to log in: a user with a password, a token, or credentials. Without it, the servers must let everybody in. */
  readonly authentication?:
    | { readonly user: string; readonly password: string }
    | { readonly token: string }
    | { /** The text of a .creds file. */ readonly credentials: string }
    | undefined;
  /** Texts in PEM. Only in Node; a page trusts what its browser trusts. */
  readonly tls?:
    | { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined }
    | undefined;
  /** For how many seconds the servers may be silent. 300 if left out. */
  readonly timeout?: number | undefined;
  /**
   * Called when the first connection is there, when the connection is cut, and when it is there again. Before the first
   * one, it is called for each try that fails. It must not throw.
   */
  readonly onConnection?: ((report: ConnectionReport) => void) | undefined;
}

/** Checked, and in one form. */
export interface CheckedServerOptions {
  /** The public function that was called, for messages. */
  readonly operator: string;
  readonly servers: readonly string[];
  /** Whether the servers are reached by WebSocket. */
  readonly isWebSocket: boolean;
  readonly job: string;
  readonly authentication: ServerOptions["authentication"];
  readonly tls: ServerOptions["tls"];
  /** Seconds. */
  readonly timeout: number;
  readonly onConnection: (report: ConnectionReport) => void;
}

/** The names of the options, for the OptionReader of a function that takes them among others. */
export const SERVER_OPTION_NAMES = ["servers", "job", "authentication", "tls", "timeout", "onConnection"];

/**
 * Checks the options that say how to reach the servers.
 *
 * @param options a reader that knows the names above
 * @throws OptionError
 */
export function readServerOptions(operator: string, options: OptionReader): CheckedServerOptions {
  const given = options.given("servers");
  const servers: readonly unknown[] = Array.isArray(given) ? given : [given];
  const addresses = servers.filter(isAddress);
  if (addresses.length === 0 || addresses.length < servers.length) {
    options.refuse(
      "servers",
      given,
      'an address such as "nats://127.0.0.1:4222" or "wss://nats.example.org", or several',
    );
  }
  const webSockets = addresses.filter((address) => /^wss?:/i.test(address));
  if (webSockets.length > 0 && webSockets.length < addresses.length) {
    options.refuse("servers", given, "addresses of one kind: all ws:// or wss://, or all nats:// or tls://");
  }
  const job = options.given("job");
  if (!isToken(job)) options.refuse("job", job, 'a name of up to 64 letters, digits, "_" and "-"');
  const tls = options.given("tls");
  return {
    operator,
    servers: addresses,
    isWebSocket: webSockets.length > 0,
    job,
    authentication: readAuthentication(operator, options),
    tls: tls === undefined ? undefined : readTls(operator, tls),
    timeout: options.numberFrom("timeout", 0.001, 2 ** 31 / 1000, 300),
    onConnection: readCallback(options),
  };
}

function readCallback(options: OptionReader): CheckedServerOptions["onConnection"] {
  const given = options.given("onConnection");
  if (given === undefined) return () => {};
  if (typeof given !== "function") return options.refuse("onConnection", given, "a function");
  return (report) => {
    given(report);
  };
}

function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^(wss?|nats|tls):\/\/[^/]/i.test(value) && URL.canParse(value);
}

function readAuthentication(operator: string, options: OptionReader): ServerOptions["authentication"] {
  const given = options.given("authentication");
  if (given === undefined) return undefined;
  const reader = new OptionReader(operator, given, ["user", "password", "token", "credentials"], "authentication");
  const text = (name: string): string => {
    const value = reader.given(name);
    return typeof value === "string" && value !== ""
      ? value
      : reader.refuse(name, hide(value), "a text that is not empty");
  };
  const kinds = ["user", "token", "credentials"].filter((name) => reader.given(name) !== undefined);
  const [kind, ...others] = kinds;
  if (others.length > 0) {
    options.refuse("authentication", kinds, "one way: user and password, token, or credentials");
  }
  if (kind === "token") return { token: text("token") };
  if (kind === "credentials") return { credentials: text("credentials") };
  return { user: text("user"), password: text("password") };
}

/** A secret never gets into a message. */
function hide(value: unknown): unknown {
  return typeof value === "string" ? "" : value === undefined ? undefined : `a ${typeof value}`;
}

function readTls(operator: string, given: unknown): NonNullable<ServerOptions["tls"]> {
  const reader = new OptionReader(operator, given, ["ca", "cert", "key"], "tls");
  const pem = (name: string): string | undefined => {
    const value = reader.given(name);
    if (value === undefined || (typeof value === "string" && value.includes("-----BEGIN"))) return value;
    return reader.refuse(
      name,
      typeof value === "string" ? "…" : value,
      `text in PEM, which contains ${show("-----BEGIN")}`,
    );
  };
  return { ca: pem("ca"), cert: pem("cert"), key: pem("key") };
}
