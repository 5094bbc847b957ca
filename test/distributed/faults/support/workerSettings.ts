/** What the program of a worker gets. */
export interface WorkerSettings {
  readonly servers: string;
  readonly job: string;
  readonly name?: string;
  readonly kind?: "wasm" | "cpu";
  /** One if left out. */
  readonly threads?: number;
  /** For this long the worker does nothing at all after each replica, as if its machine were busy. In milliseconds. */
  readonly pause?: number;
  /** Gives one example another label. */
  readonly otherData?: boolean;
  /** In seconds. */
  readonly timeout?: number;
}

/** What it writes, a line of JSON each. */
export type WorkerEvent =
  | { readonly event: "state"; readonly state: string }
  | { readonly event: "replica"; readonly round: number; readonly replica: number; readonly replicas: number }
  | { readonly event: "done"; readonly replicas: number; readonly rounds: number }
  | { readonly event: "failed"; readonly name: string; readonly message: string };
