import { type Consumer, type JetStreamClient, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";

/** The limits of the messages of these tests' jobs. */
export interface JobClient {
  readonly connection: NatsConnection;
  readonly stream: JetStreamClient;
  /** The queue of replicas. */
  readonly queue: Consumer;
  close(): Promise<void>;
}

/** Joins a job without the library, as somebody does who means harm. Waits until the job is there. */
export async function joinAsStranger(servers: string, job: string): Promise<JobClient> {
  // It does not hear itself.
  const connection = await connect({ servers, noEcho: true });
  const stream = jetstream(connection);
  const queue = await stream.consumers.get(`cnn-${job}-work`, "workers");
  return { connection, stream, queue, close: () => connection.close() };
}

export function answerSubject(job: string, round: number, replica: number): string {
  return `cnn.${job}.answer.${round}.${replica}`;
}
