import type { Contender } from "../contender.js";

/** A peer that is loaded. */
export interface Peer {
  /** With its version. */
  readonly name: string;
  /** Opens it for one row. */
  open(): Promise<Contender>;
}
