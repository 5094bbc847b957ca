/** What the page asks of the worker. */
export type Question =
  /** `data`: the address of the folder with MNIST's files; `digits`: how many to learn from */
  { readonly do: "train"; readonly data: string; readonly digits: number } | { readonly do: "stop" };

/** What the worker tells the page. */
export type Answer =
  | { readonly is: "ready"; readonly device: string }
  /** `done`: the share of the training that is done, from 0 to 1 */
  | { readonly is: "progress"; readonly epoch: number; readonly done: number; readonly loss: number }
  | { readonly is: "done"; readonly accuracy: number; readonly file: Uint8Array<ArrayBuffer> }
  | { readonly is: "error"; readonly message: string };
