import { readFile } from "node:fs/promises";
import { OptionReader } from "../core/options.js";
import {
  type CheckedServerOptions,
  readServerOptions,
  SERVER_OPTION_NAMES,
  type ServerOptions,
} from "../distributed/nats/serverOptions.js";
import type { ServerArguments } from "./arguments.node.js";
import { UsageError } from "./commandLine.node.js";

/** The part of a job file that says where the job is. */
export interface JobPlace {
  readonly servers: string | readonly string[] | undefined;
  readonly job: string | undefined;
  readonly timeout: number | undefined;
}

/** The environment's variables. Their names are those of NATS's own command. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts together where the servers are. The command line comes first, then the environment, then the job file.
 *
 * @throws (rejects with) UsageError if something is missing, or contradicts something else; Node's own error if a file
 * cannot be read
 */
export async function serverOptions(
  given: ServerArguments,
  environment: Environment,
  file: JobPlace | undefined,
): Promise<ServerOptions> {
  const servers = listed(given.servers) ?? listed(environment["NATS_URL"]) ?? file?.servers;
  if (servers === undefined) {
    throw new UsageError(
      "--servers is missing, expected the address of a NATS server: --servers nats://127.0.0.1:4222",
    );
  }
  const job = given.job ?? file?.job;
  if (job === undefined) throw new UsageError("--job is missing, expected the name of the job: --job digits-1");
  const [authentication, tls] = await Promise.all([
    readAuthentication(given, environment),
    readTls(given, environment),
  ]);
  return { servers, job, authentication, tls, timeout: given.timeout ?? file?.timeout };
}

/** Checks the options as a call with them does. @throws OptionError */
export function checkedServer(options: ServerOptions): CheckedServerOptions {
  const operator = "webgpu-cnn";
  return readServerOptions(operator, new OptionReader(operator, options, SERVER_OPTION_NAMES));
}

/** Addresses with commas between them. */
function listed(text: string | undefined): string | readonly string[] | undefined {
  const [first, ...rest] = (text ?? "").split(",").flatMap((each) => each.trim() || []);
  return first === undefined || rest.length === 0 ? first : [first, ...rest];
}

/** A way to log in, with the names of where it comes from. */
interface Login {
  readonly credentials: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

async function readAuthentication(
  given: ServerArguments,
  environment: Environment,
): Promise<ServerOptions["authentication"]> {
  const variables: Login = {
    credentials: filled(environment["NATS_CREDS"]),
    user: filled(environment["NATS_USER"]),
    password: filled(environment["NATS_PASSWORD"]),
    token: filled(environment["NATS_TOKEN"]),
  };
  // A word of the command line replaces whatever the environment has, except that a user may take the password from there.
  const isGiven = [given.credentials, given.user, given.password, given.token].some((value) => value !== undefined);
  const ofUser = given.user !== undefined || given.password !== undefined;
  const { credentials, token }: Login = isGiven ? given : variables;
  const user = given.user ?? (ofUser || !isGiven ? variables.user : undefined);
  const password = given.password ?? (ofUser || !isGiven ? variables.password : undefined);
  const [first, second] = Object.entries({ credentials, user, token }).filter(([, value]) => value !== undefined);
  if (first && second) {
    throw new UsageError(
      `there are two ways to log in, ${first[0]} and ${second[0]}${isGiven ? "" : " (NATS_CREDS, NATS_USER, NATS_TOKEN)"}; give one`,
    );
  }
  if (credentials !== undefined) return { credentials: await readText("credentials", credentials) };
  if (token !== undefined) return { token };
  if (user !== undefined && password !== undefined) return { user, password };
  if (user !== undefined) throw new UsageError("--user needs a password; set NATS_PASSWORD, or give --password");
  if (password !== undefined) throw new UsageError("there is a password without a user; give --user, or set NATS_USER");
  return undefined;
}

async function readTls(given: ServerArguments, environment: Environment): Promise<ServerOptions["tls"]> {
  const ca = given.ca ?? filled(environment["NATS_CA"]);
  const cert = given.cert ?? filled(environment["NATS_CERT"]);
  const key = given.key ?? filled(environment["NATS_KEY"]);
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError(
      `--${cert === undefined ? "key" : "cert"} is given without --${cert === undefined ? "cert" : "key"}; a client's certificate needs both`,
    );
  }
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca !== undefined && { ca: await readText("ca", ca) }),
    ...(cert !== undefined && { cert: await readText("cert", cert) }),
    ...(key !== undefined && { key: await readText("key", key) }),
  };
}

async function readText(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--${name} is "${path}", which cannot be read: ${why}`, { cause });
  }
}

/** A variable that is set to nothing counts as not set. */
function filled(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
