import { FileFormatError } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { checkBytes, concatBytes } from "./arrays.js";
import { unpack } from "./unpack.js";

/** The options of functions that unpack compressed bytes. */
export interface UnpackOptions {
  /**
   * The largest size of the unpacked bytes, an integer ≥ 0. 1 GiB (2³⁰) if left out. A file of 1 MB can unpack to 1
   * GiB. The limit protects the memory from files of unknown origin.
   */
  readonly maxBytes?: number | undefined;
}

export const DEFAULT_MAX_BYTES = 2 ** 30;

/**
 * Unpacks a gzip file, such as the published files of MNIST. It stops as soon as there are more than `maxBytes`
 * unpacked bytes.
 *
 * @param bytes the packed file
 * @returns the unpacked bytes
 * @throws (rejects with) FileFormatError if the file is incomplete, damaged or not a gzip file, or unpacks to more than
 * `maxBytes`; OptionError if `bytes` is not a Uint8Array, or an option is invalid
 *
 * @example
 * ```ts
 * const stream = new Blob(["hello"]).stream().pipeThrough(new CompressionStream("gzip"));
 * const packed = new Uint8Array(await new Response(stream).arrayBuffer());
 * const bytes = await gunzip(packed);
 * new TextDecoder().decode(bytes); // "hello"
 * ```
 */
export async function gunzip(bytes: Uint8Array, options: UnpackOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkBytes("gunzip", bytes);
  const maxBytes = new OptionReader("gunzip", options, ["maxBytes"]).integer("maxBytes", 0, DEFAULT_MAX_BYTES);
  let parts: Uint8Array[] | undefined;
  try {
    parts = await unpack("gzip", bytes, maxBytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`gunzip: the ${bytes.length} bytes are not a complete gzip file: ${why}`, { cause });
  }
  if (!parts) {
    throw new FileFormatError(
      `gunzip: the ${bytes.length} bytes unpack to more than maxBytes = ${maxBytes} bytes; if you trust the file, give a larger maxBytes`,
    );
  }
  return concatBytes(parts);
}
