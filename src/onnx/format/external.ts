/** Gives the bytes of a file beside the model, by the name in the model. */
export type External = (name: string) => Uint8Array | Promise<Uint8Array>;
