import { readdir } from "node:fs/promises";
import { sep } from "node:path";

/** All that is in a folder and its folders, as paths with slashes. */
export async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).map((path) => path.split(sep).join("/"));
}
