import { openOnWasm } from "../library.js";
import type { Peer } from "./peer.js";

/** The library itself, on one thread. */
export const ONE_THREAD: Peer = { name: "itself on one thread", open: () => openOnWasm(1) };
