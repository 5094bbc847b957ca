/** The names on the server of all that one job has. */
export interface JobNames {
  /** The key-value bucket with the record, and its stream. */
  readonly bucket: string;
  readonly bucketStream: string;
  /** The object stores of the rounds' weights and of large answers. */
  readonly rounds: string;
  readonly largeAnswers: string;
  /** The stream of the work, its subject, and the consumer that all workers pull from. */
  readonly work: string;
  readonly workSubject: string;
  readonly workers: string;
  /** The stream of the answers. */
  readonly answers: string;
  /** Before ".ROUND.REPLICA". */
  readonly answerSubject: string;
  /** Before ".WORKER". */
  readonly workerSubject: string;
}

export function jobNames(job: string): JobNames {
  return {
    bucket: `cnn-${job}`,
    bucketStream: `KV_cnn-${job}`,
    rounds: `cnn-${job}-rounds`,
    largeAnswers: `cnn-${job}-answers`,
    work: `cnn-${job}-work`,
    workSubject: `cnn.${job}.work`,
    workers: "workers",
    answers: `cnn-${job}-answers`,
    answerSubject: `cnn.${job}.answer`,
    workerSubject: `cnn.${job}.worker`,
  };
}

/** The stream that keeps an object store. */
export function objectStream(store: string): string {
  return `OBJ_${store}`;
}

/** Whether an object can have this name. It is a part of subjects. */
export function isObjectName(name: string): boolean {
  return name.length <= 256 && /^[\w-]+(\.[\w-]+)*$/.test(name);
}

/** What may be the name of a job, a worker or a coordinator: one token of a subject. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\w-]{1,64}$/.test(value);
}
