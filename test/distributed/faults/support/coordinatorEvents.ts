/** What the program of a coordinator gets. */
export interface CoordinatorSettings {
  readonly servers: string;
  readonly job: string;
}

/** What it writes, a line of JSON each. */
export type CoordinatorEvent =
  | { readonly event: "round"; readonly round: number }
  | { readonly event: "done"; readonly digest: string }
  | { readonly event: "failed"; readonly name: string; readonly message: string };
