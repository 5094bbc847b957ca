import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export const read = (path: string) => readFileSync(join(root, path), "utf8");

/** The files with this ending below a folder, as paths from the root. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join(folder, path.split(sep).join("/")))
    .filter((path) => path.endsWith(ending))
    .sort();
}

export const sources = filesBelow("src", ".ts").filter((path) => !path.endsWith(".d.ts"));
