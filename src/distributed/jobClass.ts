import { OptionReader } from "../core/options.js";
import { readSpec } from "./joinedJob.js";
import type { Connect } from "./nats/connect.js";
import { JobServer } from "./nats/jobServer.js";
import { readServerOptions, SERVER_OPTION_NAMES, type ServerOptions } from "./nats/serverOptions.js";
import { OPERATOR } from "./workOptions.js";

/**
 * Looks which workers a job takes, before there is a backend. It waits for the job.
 *
 * @returns the class of the workers. Undefined if the job takes all classes
 * @throws (rejects with) OptionError if an option is invalid; JobError if the servers cannot be reached, or the job is
 * damaged; the reason of the signal
 */
export async function jobClassOver(
  connect: Connect,
  options: ServerOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reader = new OptionReader(OPERATOR, options, SERVER_OPTION_NAMES);
  const server = await JobServer.connect(connect, readServerOptions(OPERATOR, reader), signal);
  try {
    await server.open(signal);
    const { spec } = await readSpec(OPERATOR, server);
    return spec.mixed ? undefined : spec.class;
  } finally {
    await server.close();
  }
}
