import { FileFormatError } from "../core/errors.js";
import { checkBytes, concatBytes } from "./arrays.js";

/**
 * Unpacks a file that gzip has packed, such as MNIST's as they are published.
 *
 * @throws (rejects with) FileFormatError where the file is torn, damaged or no gzip file; OptionError where `bytes` are
 * none
 */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  checkBytes("gunzip", bytes);
  const packed = new Blob([new Uint8Array(bytes)]).stream();
  const parts: Uint8Array[] = [];
  try {
    const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`gunzip: the ${bytes.length} bytes are no whole gzip file: ${why}`, { cause });
  }
  return concatBytes(parts);
}
