/** What a live block's worker is given. */
export interface Job {
  /** The code of the block, in TypeScript. */
  readonly source: string;
  /** The same code in JavaScript, if it is there already. */
  readonly program: string | undefined;
}

/** A picture or a curve's point or a line of text, as the worker reports it. */
export type Report =
  | { readonly type: "text"; readonly text: string; readonly isError: boolean }
  | { readonly type: "picture"; readonly image: ImageData; readonly scale: number }
  | { readonly type: "point"; readonly name: string; readonly value: number }
  | { readonly type: "backend"; readonly description: string }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "done" };
