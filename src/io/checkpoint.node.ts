import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type Metadata,
  readSafetensors,
  type SafetensorsFile,
  safetensorsParts,
  type TensorEntries,
} from "./safetensors.js";

/** What a checkpoint holds. */
export interface Checkpoint {
  readonly tensors: TensorEntries;
  readonly metadata?: Metadata;
}

/** One system call moves no more than 2 GiB. */
const MAX_READ_BYTES = 2 ** 30;

/**
 * Writes a checkpoint, as a safetensors file. For Node only: in a page, `encodeSafetensors` makes the bytes.
 *
 * At every moment `path` is the whole previous checkpoint or the whole new one, even if the process dies or the power
 * fails: a new file is written beside it, flushed to the disk and then renamed. Whatever fails, that file is removed;
 * only a process killed in mid-write leaves one, `.NAME.….tmp`.
 *
 * @throws (rejects with) OptionError, ShapeError before anything is written; what Node throws where the file cannot be
 * written (`error.code` is then such as "ENOSPC")
 */
export async function saveCheckpoint(path: string, { tensors, metadata = {} }: Checkpoint): Promise<void> {
  const parts = safetensorsParts("saveCheckpoint", tensors, metadata);
  const folder = dirname(path);
  // In the same folder, since only within one file system is a rename one step; of a name of its own, so that no two
  // writers share it.
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await withFile(temporary, "wx", async (file) => {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // The new name is on the disk once its folder is; Windows has no such call, and opens no folder.
  if (process.platform !== "win32") await withFile(folder, "r", (file) => file.sync());
}

/**
 * Reads a checkpoint, or any other safetensors file. For Node only: in a page, `decodeSafetensors` reads the bytes.
 *
 * @throws (rejects with) FileFormatError for a file that is torn, damaged or foreign, saying what is wrong and where;
 * what Node throws where it cannot be read
 */
export async function loadCheckpoint(path: string): Promise<SafetensorsFile> {
  const bytes = await withFile(path, "r", readAll);
  return readSafetensors(`loadCheckpoint: ${path}`, bytes);
}

async function withFile<Result>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readAll(file: FileHandle): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(size);
  let position = 0;
  while (position < size) {
    const { bytesRead } = await file.read(bytes, position, Math.min(size - position, MAX_READ_BYTES), position);
    // Somebody cut it off meanwhile: the reader tells.
    if (bytesRead === 0) return bytes.subarray(0, position);
    position += bytesRead;
  }
  return bytes;
}
