import { JobError } from "../../core/errors.js";

/**
 * Loads a package that is installed only by those who train on many machines.
 *
 * @throws (rejects with) JobError if it is not installed
 */
export async function loadPackage<Module>(load: () => Promise<Module>, name: string): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new JobError(
      `distributed: the package ${name} cannot be loaded; install the clients of NATS: npm install @nats-io/nats-core @nats-io/transport-node @nats-io/jetstream @nats-io/kv`,
      { cause },
    );
  }
}

export function loadCore(): Promise<typeof import("@nats-io/nats-core")> {
  return loadPackage(() => import("@nats-io/nats-core"), "@nats-io/nats-core");
}

export function loadJetStream(): Promise<typeof import("@nats-io/jetstream")> {
  return loadPackage(() => import("@nats-io/jetstream"), "@nats-io/jetstream");
}
