import type { HostTensor } from "../operands.js";
import type { Timed } from "../timing.js";
import type { Net } from "./nets.js";

/** A net that is loaded. A run takes the picture from the host's memory, and waits for the values there. */
export interface LoadedNet extends Timed {
  /** Runs it once. Images are [N, H, W, C]. */
  read(): Promise<HostTensor>;
  /** Counts the floating-point operations of its convolutions and products in one run. Peers do not know them. */
  countFlops?(): number;
  close(): Promise<void>;
}

/** The library or a peer. Its engine has started. */
export interface Runner {
  readonly name: string;
  /** @returns the reason, as text, if it cannot run the net */
  load(net: Net): Promise<LoadedNet | string>;
}
