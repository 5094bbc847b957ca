import type { Ceiling, Limit } from "./ceiling.js";
import type { Contender } from "./contender.js";
import type { RowResult } from "./measure.js";
import type { Work } from "./tasks.js";
import type { TrainingStand } from "./training/stand.js";

/** What the library and its peers run on. */
export interface Platform {
  /** The adapter or the engine, and the peer, as text. */
  readonly title: string;
  /** Whether the CPU does the work. */
  readonly software: boolean;
  /** The peer's name in headings and rows. Undefined without a peer. */
  readonly peer: string | undefined;
  /** The meaning of the columns, as lines. */
  readonly legend: readonly string[];
  /** What a record of the run says about it. */
  readonly record: object;
  /** Why a row stays far below the ceiling. Undefined if it is not known. */
  reasonFor(result: RowResult): string | undefined;
  measureCeiling(): Promise<Ceiling>;
  /** The limit that binds this work, if it can take turns with the contenders. Else the ceiling of the whole run counts. */
  limitOf?(work: Work, ceiling: Ceiling): Limit;
  /** Contenders for one row. They are new, so nothing is left of what other rows compiled or allocated. */
  open(): Promise<Stand>;
  /** What the LeNet is trained on, beside the peer if it trains. Left out where only `npm run bench:training` measures training. */
  openTraining?(): Promise<TrainingStand>;
  close(): Promise<void>;
}

/** The contenders of one row. */
export interface Stand {
  openLibrary(): Promise<Contender>;
  /** Undefined without a peer. */
  readonly openPeer: (() => Promise<Contender>) | undefined;
  /** Errors that reached no contender. */
  readonly errors: readonly string[];
  /** Frees what the contenders shared. They are closed before. */
  close(): void;
}
