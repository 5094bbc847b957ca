import { Answers } from "../../src/distributed/nats/answers.js";
import { JobServer } from "../../src/distributed/nats/jobServer.js";

/** The calls of a job's server that are timed. */
export type Call =
  | "answers"
  | "get"
  | "getAnswer"
  | "nextWork"
  | "publishAnswer"
  | "publishWork"
  | "put"
  | "putAnswer"
  | "replaceRecord";

/** One call of a process to the server. */
export interface Span {
  readonly call: Call;
  /** What was stored or read, such as "weights.3". */
  readonly name?: string;
  /** In milliseconds, by the machine's clock, which all processes share. */
  readonly start: number;
  readonly end: number;
  /** Of what was given or got. 0 if nothing came. */
  readonly bytes: number;
}

const now = () => performance.timeOrigin + performance.now();

/**
 * Times the calls of this process to the servers from now on. The library's code stays as it is: the methods are
 * wrapped.
 *
 * @returns the spans, in the order of their ends. It grows
 */
export function timeCalls(): Span[] {
  const spans: Span[] = [];
  const timed = async <Result>(
    call: Call,
    name: string | undefined,
    work: Promise<Result>,
    bytesOf: (result: Result) => number,
  ): Promise<Result> => {
    const start = now();
    const result = await work;
    spans.push({ call, ...(name !== undefined && { name }), start, end: now(), bytes: bytesOf(result) });
    return result;
  };
  const { get, getAnswer, nextWork, publishAnswer, publishWork, put, putAnswer, replaceRecord } = JobServer.prototype;
  const { next } = Answers.prototype;
  Answers.prototype.next = function (wait) {
    return timed("answers", undefined, next.call(this, wait), (bytes) => bytes?.length ?? 0);
  };
  JobServer.prototype.get = function (name, most) {
    return timed("get", name, get.call(this, name, most), (bytes) => bytes?.length ?? 0);
  };
  JobServer.prototype.getAnswer = function (name, most) {
    return timed("getAnswer", name, getAnswer.call(this, name, most), (bytes) => bytes?.length ?? 0);
  };
  JobServer.prototype.nextWork = function (wait, signal) {
    return timed("nextWork", undefined, nextWork.call(this, wait, signal), (work) => work?.bytes.length ?? 0);
  };
  JobServer.prototype.publishAnswer = function (round, replica, bytes) {
    const answer = publishAnswer.call(this, round, replica, bytes);
    return timed("publishAnswer", `${round}.${replica}`, answer, () => bytes.length);
  };
  JobServer.prototype.publishWork = function (bytes, id) {
    return timed("publishWork", id, publishWork.call(this, bytes, id), () => bytes.length);
  };
  JobServer.prototype.put = function (name, bytes) {
    return timed("put", name, put.call(this, name, bytes), () => bytes.length);
  };
  JobServer.prototype.putAnswer = function (name, bytes) {
    return timed("putAnswer", name, putAnswer.call(this, name, bytes), () => bytes.length);
  };
  JobServer.prototype.replaceRecord = function (bytes, revision) {
    return timed("replaceRecord", undefined, replaceRecord.call(this, bytes, revision), () => bytes.length);
  };
  return spans;
}
