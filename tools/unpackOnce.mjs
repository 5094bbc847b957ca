import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = fileURLToPath(new URL("../node_modules/.cache/webgpu-cnn", import.meta.url));

/**
 * Fills a folder of node_modules/.cache, unless it is there already.
 * @param {string} name
 * @param {(directory: string) => void} fill writes the files
 * @returns {string} the directory that holds them
 */
export function unpackOnce(name, fill) {
  const target = join(cache, name);
  if (existsSync(target)) return target;

  // Processes unpack side by side, each in a directory of its own, and the first to finish moves it into place whole.
  mkdirSync(dirname(target), { recursive: true });
  const temporary = mkdtempSync(`${target}-`);
  try {
    fill(temporary);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}
