import { joinAsStranger } from "./jobClient.js";

/** Publishes every replica and every answer of a job once more, as a network may that delivers twice. */
export class Echo {
  /** The number of messages that came twice. */
  repeated = 0;

  private constructor(private readonly close: () => Promise<void>) {}

  /** Begins. The job must be there. */
  static async start(servers: string, job: string): Promise<Echo> {
    const { connection } = await joinAsStranger(servers, job);
    const echo = new Echo(() => connection.close());
    for (const subject of [`cnn.${job}.work`, `cnn.${job}.answer.>`]) {
      connection.subscribe(subject, {
        callback: (_, { subject, data }) => {
          // The streams know the first one by its id. This one has none.
          connection.publish(subject, data);
          echo.repeated++;
        },
      });
    }
    await connection.flush();
    return echo;
  }

  async stop(): Promise<void> {
    await this.close();
  }
}
