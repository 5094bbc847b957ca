import type { Backend } from "../core/backend.js";
import type { Replays } from "./replays.js";
import type { TensorScopes } from "./scopes.js";

/** The parts of a backend that its variables and recorded steps need. */
export interface Host {
  readonly backend: Backend;
  readonly scopes: TensorScopes;
  readonly replays: Replays;
}
