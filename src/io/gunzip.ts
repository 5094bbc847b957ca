import { FileFormatError } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { checkBytes, concatBytes } from "./arrays.js";
import { unpack } from "./unpack.js";

export interface UnpackOptions {
  /**
   * The most bytes that may come out, an integer ≥ 0. 1 GiB (2³⁰) if left out. A file of 1 MB can unpack to 1 GiB, so
   * this protects the memory from files that others made.
   */
  readonly maxBytes?: number | undefined;
}

export const DEFAULT_MAX_BYTES = 2 ** 30;

/**
 * Unpacks a file that gzip has packed, such as MNIST's as they are published. It stops as soon as more than `maxBytes`
 * have come out.
 *
 * @param bytes the packed file
 * @returns the unpacked bytes
 * @throws (rejects with) FileFormatError if the file is torn or damaged, is no gzip file, or unpacks to more than
 * `maxBytes`; OptionError if `bytes` are none, or an option is wrong
 */
export async function gunzip(bytes: Uint8Array, options: UnpackOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkBytes("gunzip", bytes);
  const maxBytes = new OptionReader("gunzip", options, ["maxBytes"]).integer("maxBytes", 0, DEFAULT_MAX_BYTES);
  let parts: Uint8Array[] | undefined;
  try {
    parts = await unpack("gzip", bytes, maxBytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`gunzip: the ${bytes.length} bytes are no whole gzip file: ${why}`, { cause });
  }
  if (!parts) {
    throw new FileFormatError(
      `gunzip: the ${bytes.length} bytes unpack to more than maxBytes = ${maxBytes} bytes; if you trust the file, give a larger maxBytes`,
    );
  }
  return concatBytes(parts);
}
