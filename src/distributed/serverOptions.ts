import { OptionError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";

/** Who somebody is to the servers: a user with a password, a token, or a file of credentials. */
export type Authentication =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  | {
      /** The text of a .creds file of NATS. */
      readonly credentials: string;
    };

/** Certificates for an encrypted connection, as PEM texts. A page uses those of the browser. */
export interface TlsOptions {
  /** The certificates of the authorities that the servers' certificates are checked with. Node's own if left out. */
  readonly ca?: string | undefined;
  /** The certificate that the servers ask for. None if left out. */
  readonly cert?: string | undefined;
  /** The key of `cert`. */
  readonly key?: string | undefined;
}

/** Where a job is: what coordinators and workers have in common. */
export interface ServerOptions {
  /**
   * The NATS servers, one or several of a cluster: "nats://host:4222" or "tls://…" in Node, "ws://…" or "wss://…" in a
   * page. Required.
   */
  readonly servers: string | readonly string[];
  /** The name of the job: 1 to 64 letters, digits, "_" and "-". Required. */
  readonly job: string;
  /** None if left out. */
  readonly authentication?: Authentication | undefined;
  /** For servers with certificates of your own. */
  readonly tls?: TlsOptions | undefined;
  /** How long servers may be unreachable before it gives up, in seconds. 300 if left out. */
  readonly timeout?: number | undefined;
}

export const SERVER_OPTIONS = ["servers", "job", "authentication", "tls", "timeout"];

/** Options that were checked. */
export interface CheckedServerOptions {
  readonly servers: readonly string[];
  readonly job: string;
  readonly authentication: Authentication | undefined;
  readonly tls: TlsOptions | undefined;
  /** In seconds. */
  readonly timeout: number;
}

/** @throws OptionError */
export function readServerOptions(operator: string, reader: OptionReader): CheckedServerOptions {
  const given = reader.given("servers");
  const servers: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isServer = (server: unknown): server is string => typeof server === "string" && SERVER.test(server);
  if (servers.length === 0 || !servers.every(isServer)) {
    reader.refuse("servers", given, 'addresses of NATS servers such as "nats://localhost:4222" or "wss://example.com"');
  }
  const job = reader.given("job");
  if (typeof job !== "string" || !JOB.test(job)) {
    reader.refuse("job", job, 'a name of 1 to 64 letters, digits, "_" and "-"');
  }
  return {
    ...{ servers, job },
    authentication: readAuthentication(operator, reader.given("authentication")),
    tls: readTls(operator, reader.given("tls")),
    timeout: reader.numberFrom("timeout", 0, Number.POSITIVE_INFINITY, 300),
  };
}

const SERVER = /^(?:(?:nats|tls|ws|wss):\/\/)?[^\s/]+\/?$/;
const JOB = /^[A-Za-z0-9_-]{1,64}$/;

function readAuthentication(operator: string, given: unknown): Authentication | undefined {
  if (given === undefined) return undefined;
  const reader = new OptionReader(operator, given, ["user", "password", "token", "credentials"], "authentication");
  const [user, password, token, credentials] = ["user", "password", "token", "credentials"].map((name) => {
    const value = reader.given(name);
    if (value === undefined || typeof value === "string") return value;
    return reader.refuse(name, typeof value, "a text");
  });
  const forms = [user ?? password, token, credentials].filter((form) => form !== undefined);
  if (forms.length === 1) {
    if (token !== undefined) return { token };
    if (credentials !== undefined) return { credentials };
    if (user !== undefined && password !== undefined) return { user, password };
  }
  // The values stay out of the message: they are secrets.
  throw new OptionError(`${operator}: authentication must be { user, password }, { token } or { credentials }`);
}

function readTls(operator: string, given: unknown): TlsOptions | undefined {
  if (given === undefined) return undefined;
  const reader = new OptionReader(operator, given, ["ca", "cert", "key"], "tls");
  const text = (name: string) => {
    const value = reader.given(name);
    if (value === undefined) return undefined;
    // A path instead of the text is the usual slip.
    if (typeof value === "string" && value.includes("-----BEGIN ")) return value;
    return reader.refuse(name, name === "key" ? typeof value : value, "the text of a PEM file");
  };
  const [ca, cert, key] = [text("ca"), text("cert"), text("key")];
  if ((cert === undefined) !== (key === undefined)) {
    throw new OptionError(
      `${operator}: tls has ${show(cert === undefined ? "key" : "cert")} alone, expected cert and key`,
    );
  }
  return { ca, cert, key };
}
