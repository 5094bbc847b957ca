/** What the page asks of the worker. */
export type Question =
  /** `data`: the address of the folder with MNIST's files; `digits`: how many to learn from */
  { readonly do: "train"; readonly data: string; readonly digits: number } | { readonly do: "stop" };

/** What the worker tells the page. */
export type Answer =
  | { readonly is: "ready"; readonly device: string }
  | { readonly is: "progress"; readonly step: number; readonly steps: number; readonly loss: number }
  | { readonly is: "done"; readonly accuracy: number; readonly file: Uint8Array<ArrayBuffer> }
  | { readonly is: "error"; readonly message: string };
