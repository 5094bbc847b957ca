import { JobError, OptionError } from "../core/errors.js";

/**
 * What helps against an error: to begin the job again after its deletion, to take another name for it, or to log in in
 * another way. The message says it with functions and options of the library. The command has other words.
 */
export type Remedy = "begin again" | "another name" | "login";

interface Problem {
  readonly operator: string;
  /** What is wrong. */
  readonly what: string;
  readonly remedy: Remedy;
  /** What a program does about it. */
  readonly advice: string;
  readonly cause?: unknown;
}

/** An OptionError against which something is known to help. */
export class RemediableOptionError extends OptionError {
  constructor(readonly problem: Problem) {
    super(messageOf(problem), { cause: problem.cause });
  }
}

/** A JobError against which something is known to help. */
export class RemediableJobError extends JobError {
  constructor(readonly problem: Problem) {
    super(messageOf(problem), { cause: problem.cause });
  }
}

function messageOf({ operator, what, advice }: Problem): string {
  return `${operator}: ${what}; ${advice}`;
}

/** The call that deletes a job. */
export function deletion(job: string): string {
  return `deleteJob({ servers, job: "${job}" })`;
}
