import { randomUUID } from "node:crypto";
import { type FileHandle, open, readlink, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, sep } from "node:path";
import { OptionError, show } from "../core/errors.js";
import { readSafetensors, type SafetensorsFile, safetensorsParts, type TensorFile } from "./safetensors.js";

/** One system call reads at most 2 GiB. */
const MAX_READ_BYTES = 2 ** 30;
/** No common file system allows a longer name. */
const MAX_NAME_BYTES = 255;
/** Linux follows the same number of symbolic links. */
const MAX_LINKS = 40;
const MODE_BITS = 0o7777;

/**
 * Writes a checkpoint as a safetensors file. For Node only: in a page, `encodeSafetensors` makes the bytes.
 *
 * The file holds the tensors as of this call, even if the caller changes them while it is written. If `path` is a
 * symbolic link, the target of the link is written. A new file gets the mode of the file that it replaces, and its
 * owner if the system allows it.
 *
 * At every moment `path` is the whole previous checkpoint or the whole new one, even if the process dies or the power
 * fails. A temporary file in the same folder is written, flushed to the disk and then renamed. It is removed if
 * anything fails. Only a process that is killed while it writes leaves it behind, as `.NAME.….tmp`. A pipe or a device
 * is not replaced. It is written to directly.
 *
 * @param path the path of the file
 * @param file `{ tensors, metadata }`, as `model.checkpoint()` and `model.save()` give it: the tensors by name, and optional
 * strings by name
 * @throws (rejects with) OptionError or ShapeError if an argument is invalid, before anything is written; Node's own
 * error if the file cannot be written, with an `error.code` such as "ENOSPC"
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * const path = `${tmpdir()}/example.safetensors`;
 * await saveCheckpoint(path, { tensors: { w: { shape: [2], data: Float32Array.of(1, 2) } }, metadata: { epoch: "3" } });
 * const { tensors, metadata } = await loadCheckpoint(path);
 * tensors.get("w")?.data; // [1, 2]
 * metadata["epoch"]; // "3"
 * ```
 */
export async function saveCheckpoint(path: string, file: TensorFile): Promise<void> {
  const operator = "saveCheckpoint";
  checkPath(operator, path);
  // Copies, because the caller may change its arrays before they are written.
  const parts = safetensorsParts(operator, file).map((part) => new Uint8Array(part));
  const write = async (handle: FileHandle) => {
    for (const part of parts) await handle.writeFile(part);
  };
  const target = await targetOf(path);
  const before = await stat(target).catch(ifMissing);
  if (before && !before.isFile() && !before.isDirectory()) return withFile(target, "w", write);

  const folder = dirname(target);
  // In the same folder, because a rename is one step only within one file system.
  const temporary = join(folder, temporaryName(basename(target)));
  try {
    // Other users may not read the file before it has the mode of the file that it replaces.
    await withFile(
      temporary,
      "wx",
      async (handle) => {
        await write(handle);
        if (before) {
          await handle.chown(before.uid, before.gid).catch(() => {});
          await handle.chmod(before.mode & MODE_BITS);
        }
        await handle.sync();
      },
      before && 0o600,
    );
    await rename(temporary, target);
  } catch (error) {
    // The first error tells the cause. An error of the cleanup would hide it.
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  // The new name is on the disk when its folder is flushed. Windows cannot open or flush a folder.
  if (process.platform !== "win32") await withFile(folder, "r", (handle) => handle.sync());
}

/**
 * Reads a checkpoint, or any other safetensors file. For Node only: in a page, `decodeSafetensors` reads the bytes.
 *
 * @param path the path of the file
 * @returns `{ tensors, metadata }`: a Map of the tensors, and the strings by name; see `decodeSafetensors`
 * @throws (rejects with) FileFormatError if the file is incomplete, damaged or of another format. The message says what
 * is wrong, and where; OptionError if `path` is not a string; Node's own error if the file cannot be read
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * const path = `${tmpdir()}/example-model.safetensors`;
 * const model = new Sequential([new Dense({ units: 2 })]).build(backend, { inputShape: [3] });
 * await saveCheckpoint(path, await model.save());
 * const copy = await loadModel(await loadCheckpoint(path), backend);
 * copy.predict(backend.zeros([1, 3])).shape; // [1, 2]
 * ```
 */
export async function loadCheckpoint(path: string): Promise<SafetensorsFile> {
  checkPath("loadCheckpoint", path);
  const bytes = await withFile(path, "r", readAll);
  return readSafetensors(`loadCheckpoint: ${path}`, bytes);
}

function checkPath(operator: string, path: unknown): void {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return;
  const advice = path instanceof URL ? "; use fileURLToPath(url)" : "";
  throw new OptionError(
    `${operator}: path must be a file's path such as "model.safetensors", got ${show(path)}${advice}`,
  );
}

/** The target of a path, after all symbolic links. It need not exist. */
async function targetOf(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const link = await readlink(target).catch(() => undefined);
    if (link === undefined) return target;
    // Not `join`, because it resolves ".." in the text. In a folder that is itself a link, that is another folder.
    target = isAbsolute(link) ? link : `${dirname(target)}${sep}${link}`;
  }
  return target;
}

function ifMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

/** A unique name, because two writers must not share a file. A long name is cut between characters. */
function temporaryName(name: string): string {
  const ending = `.${randomUUID()}.tmp`;
  const room = new Uint8Array(MAX_NAME_BYTES - 1 - ending.length);
  const { read } = new TextEncoder().encodeInto(name, room);
  return `.${name.slice(0, read)}${ending}`;
}

async function withFile<Result>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<Result>,
  mode?: number,
): Promise<Result> {
  const file = await open(path, flags, mode);
  let result: Result;
  try {
    result = await use(file);
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
  await file.close();
  return result;
}

async function readAll(file: FileHandle): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(size);
  let position = 0;
  while (position < size) {
    const { bytesRead } = await file.read(bytes, position, Math.min(size - position, MAX_READ_BYTES), position);
    // Another process has shortened the file. The reader reports it.
    if (bytesRead === 0) return bytes.subarray(0, position);
    position += bytesRead;
  }
  return bytes;
}
