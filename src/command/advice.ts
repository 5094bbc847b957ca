import { JobError, OptionError } from "../core/errors.js";
import type { ServerOptions } from "../distributed/nats/serverOptions.js";
import { RemediableJobError, RemediableOptionError } from "../distributed/remedies.js";

/** An error in the words of the command: it names options of the command in place of functions of the library. */
export function inOwnWords(
  error: unknown,
  command: "train" | "worker",
  { authentication }: Pick<ServerOptions, "authentication">,
): unknown {
  const isOfJob = error instanceof RemediableJobError;
  if (!isOfJob && !(error instanceof RemediableOptionError)) return error;
  const { what, remedy } = error.problem;
  const advice = {
    train: {
      "begin again": "add --restart to begin again",
      "another name":
        "give the same options to go on with it, add --restart to begin again, or use another name with --job",
    },
    worker: {
      "begin again": "it must begin again, with webgpu-cnn train --restart",
      "another name": "use another name with --job",
    },
  }[command];
  const message = `${what}; ${remedy === "login" ? loginAdvice(authentication) : advice[remedy]}`;
  return isOfJob ? new JobError(message, { cause: error }) : new OptionError(message, { cause: error });
}

function loginAdvice(given: ServerOptions["authentication"]): string {
  if (given === undefined) {
    return "log in with --user and NATS_PASSWORD, with NATS_TOKEN, or with --credentials";
  }
  if ("token" in given) return "check NATS_TOKEN or --token";
  if ("credentials" in given) return "check the file of --credentials or NATS_CREDS";
  return "check --user or NATS_USER, and NATS_PASSWORD or --password";
}
