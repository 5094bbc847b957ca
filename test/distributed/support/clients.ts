import type { NatsConnection } from "@nats-io/nats-core";

/** Publishes a message. @returns what the server has against it; undefined if it takes the message */
export async function refusalOf(connection: NatsConnection, subject: string): Promise<string | undefined> {
  const refused = (async () => {
    for await (const status of connection.status()) if (status.type === "error") return status.error.message;
    return undefined;
  })();
  connection.publish(subject, "x");
  // The server answers in order: a refusal comes before this one's answer.
  await connection.flush();
  await connection.close();
  return refused;
}
