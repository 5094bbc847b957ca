/** In the worker: computes parts of a training on many machines. */
import { createBackend } from "webgpu-cnn";
import { workDistributed } from "webgpu-cnn/distributed";
import type { Settings } from "../settings/settings.js";
import type { Line } from "../worker/answers.js";
import { deviceOf } from "../worker/device.js";
import type { Device } from "../worker/messages.js";
import type { Session } from "../worker/session.js";

export interface VolunteerQuestion {
  readonly servers: readonly string[];
  readonly job: string;
  /** What computes. A job takes computers of one class only. */
  readonly lend: Settings["lend"];
}

/** What this tab did. */
export interface Volunteered {
  readonly parts: number;
}

/** What happens on the way. */
export type VolunteerPart =
  | { readonly type: "device"; readonly device: Device }
  /** The servers have answered. The job may not be there yet. */
  | { readonly type: "waiting" }
  /** The job is there, and takes this tab. */
  | { readonly type: "joined" }
  /** A part of the work is done. */
  | {
      readonly type: "part";
      /** The number of the round, from 1. */
      readonly round: number;
      readonly rounds: number;
      /** The number of parts that this tab has done. */
      readonly parts: number;
      readonly loss: number;
      readonly imagesPerSecond: number;
    };

/** Seconds without an answer of the servers after which the tab gives up. */
const TIMEOUT = 30;

let ended: Promise<unknown> = Promise.resolve();

/** Works for a job until it is done. Nobody hears the answer if the line's signal aborts before. */
export function volunteer(
  session: Session,
  question: VolunteerQuestion,
  line: Line<VolunteerPart>,
): Promise<Volunteered> {
  const work = lend(session, question, line);
  ended = work.catch(() => undefined);
  return work;
}

/** Resolves when the work has ended, and its part is given back. */
export async function leave(): Promise<undefined> {
  await ended;
}

async function lend(session: Session, { servers, job, lend }: VolunteerQuestion, line: Line<VolunteerPart>) {
  const [data, backend] = await Promise.all([session.dataset("digits"), createBackend({ kind: lend })]);
  try {
    line.report(0, { type: "device", device: deviceOf(backend) });
    const { replicas } = await workDistributed({
      ...{ servers, job, backend },
      data: data.train,
      name: "browser",
      timeout: TIMEOUT,
      signal: line.signal,
      onState: (type) => line.report(0, { type }),
      onReplica: ({ round, rounds, replicas, loss, examples, seconds }) =>
        line.report(round / rounds, {
          type: "part",
          ...{ round, rounds, loss },
          parts: replicas,
          imagesPerSecond: examples / seconds,
        }),
    });
    return { parts: replicas };
  } finally {
    backend.destroy();
  }
}
