import type { StreamConfig } from "@nats-io/jetstream";
import { jetStreamCode, STREAM_NOT_FOUND } from "./failures.js";
import type { Link } from "./link.js";
import { type JobNames, objectStream } from "./names.js";
import { loadJetStream, loadPackage } from "./packages.js";

const CONSUMER_NOT_FOUND = 10014;

/** A publication that is repeated within this time is stored once. Seconds. */
const DUPLICATE_WINDOW = 600;

/**
 * Creates on the server all that a job needs. What exists stays as it is.
 *
 * @param lease seconds that a worker may be silent
 */
export async function createResources(link: Link, names: JobNames, storage: "file" | "memory", lease: number) {
  const { RetentionPolicy, StorageType } = await loadJetStream();
  const { Kvm } = await loadPackage(() => import("@nats-io/kv"), "@nats-io/kv");
  const where = storage === "file" ? StorageType.File : StorageType.Memory;
  await link.run("the creation of the job", () =>
    new Kvm(link.jetStream).create(names.bucket, { history: 1, storage: where }),
  );
  const common = { storage: where, duplicate_window: 1e9 * Math.max(DUPLICATE_WINDOW, 2 * link.retry.timeout) };
  const streams: (Partial<StreamConfig> & { name: string })[] = [
    { ...common, name: names.work, subjects: [names.workSubject], retention: RetentionPolicy.Workqueue },
    { ...common, name: names.answers, subjects: [`${names.answerSubject}.>`], retention: RetentionPolicy.Limits },
    { ...common, ...objectStoreConfig(names.rounds), allow_rollup_hdrs: true },
    // A worker may publish there. With a rollup it could delete what others have put.
    { ...common, ...objectStoreConfig(names.largeAnswers), allow_rollup_hdrs: false },
  ];
  for (const config of streams) await createStream(link, config);
  await createConsumer(link, names, lease);
}

/** Deletes all that a job has on the server. */
export async function deleteResources(link: Link, names: JobNames): Promise<void> {
  const streams = [
    names.work,
    names.answers,
    objectStream(names.largeAnswers),
    objectStream(names.rounds),
    names.bucketStream,
  ];
  for (const name of streams) {
    await link.run("the deletion of the job", () =>
      unlessAbsent(STREAM_NOT_FOUND, () => link.manager.streams.delete(name)),
    );
  }
}

/** The form of object stores, which NATS's tools read. */
function objectStoreConfig(store: string): { name: string; subjects: string[]; allow_direct: boolean } {
  return { name: objectStream(store), subjects: [`$O.${store}.C.>`, `$O.${store}.M.>`], allow_direct: true };
}

async function createStream(link: Link, config: Partial<StreamConfig> & { name: string }): Promise<void> {
  await link.run("the creation of the job", async () => {
    const { streams } = link.manager;
    const info = await unlessAbsent(STREAM_NOT_FOUND, () => streams.info(config.name));
    if (!info) await streams.add(config);
  });
}

async function createConsumer(link: Link, names: JobNames, lease: number): Promise<void> {
  const { AckPolicy, DeliverPolicy } = await loadJetStream();
  const { consumers } = link.manager;
  await link.run("the creation of the job", async () => {
    const info = await unlessAbsent(CONSUMER_NOT_FOUND, () => consumers.info(names.work, names.workers));
    if (info) return;
    await consumers.add(names.work, {
      ...{ durable_name: names.workers, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All },
      ...{ ack_wait: Math.round(lease * 1e9), max_deliver: -1, max_waiting: 8192 },
      // Workers that hold pieces must not keep others from more.
      max_ack_pending: -1,
    });
  });
}

/** What `call` gives, or undefined if it fails because there is no such thing. */
async function unlessAbsent<Value>(code: number, call: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await call();
  } catch (error) {
    if (jetStreamCode(error) === code) return undefined;
    throw error;
  }
}
