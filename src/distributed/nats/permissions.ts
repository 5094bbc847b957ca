import { inboxPrefix } from "./connect.js";
import { jobNames, objectStream } from "./names.js";

/** The subjects that a user may publish to and subscribe to, for the configuration of a NATS server. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * The least that a worker of `job` needs. It lets a worker read the job and give answers, but change nothing else.
 *
 * @param user the worker's name at the server. Its answers from the server are then kept from other users.
 */
export function workerPermissions(job: string, user?: string): Permissions {
  const names = jobNames(job);
  return {
    publish: [
      `${names.answerSubject}.>`,
      `${names.workerSubject}.*`,
      `$O.${names.largeAnswers}.>`,
      `$JS.API.STREAM.INFO.${names.bucketStream}`,
      `$JS.API.STREAM.MSG.GET.${names.bucketStream}`,
      `$JS.API.STREAM.MSG.GET.${objectStream(names.rounds)}`,
      `$JS.API.DIRECT.GET.${objectStream(names.rounds)}`,
      `$JS.API.CONSUMER.MSG.NEXT.${names.work}.${names.workers}`,
      `$JS.ACK.${names.work}.${names.workers}.>`,
    ],
    subscribe: [`${inboxPrefix(user)}.>`],
  };
}

/**
 * The least that a coordinator of `job` needs.
 *
 * @param user the coordinator's name at the server
 */
export function coordinatorPermissions(job: string, user?: string): Permissions {
  const names = jobNames(job);
  const streams = [
    names.work,
    names.answers,
    objectStream(names.largeAnswers),
    objectStream(names.rounds),
    names.bucketStream,
  ];
  return {
    publish: [
      names.workSubject,
      `$KV.${names.bucket}.>`,
      `$O.${names.rounds}.>`,
      ...streams.flatMap((stream) => [
        `$JS.API.STREAM.INFO.${stream}`,
        `$JS.API.STREAM.CREATE.${stream}`,
        `$JS.API.STREAM.DELETE.${stream}`,
      ]),
      ...[names.answers, names.work, objectStream(names.largeAnswers), objectStream(names.rounds)].map(
        (stream) => `$JS.API.STREAM.PURGE.${stream}`,
      ),
      ...[names.bucketStream, objectStream(names.rounds), objectStream(names.largeAnswers)].map(
        (stream) => `$JS.API.STREAM.MSG.GET.${stream}`,
      ),
      `$JS.API.DIRECT.GET.${objectStream(names.rounds)}`,
      `$JS.API.DIRECT.GET.${objectStream(names.largeAnswers)}`,
      `$JS.API.CONSUMER.INFO.${names.work}.${names.workers}`,
      ...[`$JS.API.CONSUMER.DURABLE.CREATE.${names.work}.${names.workers}`],
      `$JS.API.CONSUMER.CREATE.${names.work}.${names.workers}`,
      `$JS.API.CONSUMER.CREATE.${names.answers}.>`,
      `$JS.API.CONSUMER.DELETE.${names.answers}.*`,
      `$JS.API.CONSUMER.MSG.NEXT.${names.answers}.*`,
    ],
    subscribe: [`${inboxPrefix(user)}.>`, `${names.workerSubject}.*`],
  };
}
