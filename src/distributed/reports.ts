import type { Judgement } from "../nn/training/judge.js";

/** A worker, as its last sign of life tells. */
export interface WorkerReport {
  /** Its name, and random letters that tell it from others of the name. */
  readonly worker: string;
  /** Its class, such as "wasm". Workers of one class compute the same bits. */
  readonly workerClass: string;
  /** The replicas that the coordinator took from it. */
  readonly replicas: number;
  /** The number of examples per second in its last replica. */
  readonly imagesPerSecond: number;
  /** Whether a sign of life came within the last two leases. */
  readonly isAlive: boolean;
  /** Whether it computed a replica then. */
  readonly isBusy: boolean;
}

/** A worker whose answers are not taken any more. */
export interface RefusedWorker {
  /** Its name, as in `WorkerReport`. */
  readonly worker: string;
  /** What was wrong, in words. */
  readonly why: string;
}

/** How a training goes, after a round. While you hold the report in the loop, the model is as it was after this round. */
export interface RoundReport extends Judgement {
  /** The number of rounds that are done. */
  readonly round: number;
  /** The number of rounds of the whole job. */
  readonly rounds: number;
  /** The number of the round's epoch, from 1, over all trainings of the model. */
  readonly epoch: number;
  /** The number of epochs that will be done after this training, over all trainings of the model. */
  readonly epochs: number;
  /** The mean loss over the examples of the round. */
  readonly loss: number;
  /** The metrics over the examples of the round, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The results on the validation data, after the last round of an epoch. Otherwise undefined. */
  readonly validation?: Judgement | undefined;
  /** The workers that are known, in the order of their names. */
  readonly workers: readonly WorkerReport[];
  /** The workers that were refused so far. */
  readonly refused: readonly RefusedWorker[];
  /** What the coordinator sent and received since the last report. */
  readonly bytes: { readonly sent: number; readonly received: number };
  /** The time since the last report. */
  readonly seconds: number;
}
