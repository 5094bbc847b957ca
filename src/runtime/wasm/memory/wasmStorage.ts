import { Storage } from "../../../core/storage.js";
import type { Span } from "./linearMemory.js";

/** A tensor's memory on WebAssembly. */
export class WasmStorage extends Storage {
  /**
   * @param giveBack called when the last holder releases the storage
   * @param readBack brings its values out
   */
  constructor(
    readonly span: Span,
    private readonly giveBack: (span: Span) => void,
    private readonly readBack: (storage: WasmStorage) => Promise<Float32Array>,
  ) {
    super(span.elements);
  }

  override read(): Promise<Float32Array> {
    return this.readBack(this);
  }

  protected override free(): void {
    this.giveBack(this.span);
  }
}

/**
 * Narrows the type. This runtime made every storage that it gets, because operators refuse tensors of other backends.
 */
export function wasmStorage(storage: Storage): WasmStorage {
  if (storage instanceof WasmStorage) return storage;
  throw new Error("expected a storage in WebAssembly's memory");
}
