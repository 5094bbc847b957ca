import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A public entry of the package. */
export interface Entry {
  /** The folder of its pages: "core", "nn", … */
  readonly name: string;
  /** What a program imports: "webgpu-cnn", "webgpu-cnn/nn", … */
  readonly module: string;
  /** Its source for Node, from the root. */
  readonly file: string;
}

type Target = string | { readonly [condition: string]: Target };

/** The first path to JavaScript that Node would find. */
function forNode(target: Target): string {
  if (typeof target === "string") return target;
  const next = target["node"] ?? target["default"];
  if (next === undefined) throw new Error("package.json: an export without a file for Node");
  return forNode(next);
}

function readEntries(): readonly Entry[] {
  const manifest: { readonly name: string; readonly exports: Readonly<Record<string, Target>> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  return Object.entries(manifest.exports).map(([path, target]) => ({
    name: path === "." ? "core" : path.replace("./", ""),
    module: posix.join(manifest.name, path),
    file: posix.join("src", posix.relative("dist", forNode(target)).replace(/\.js$/, ".ts")),
  }));
}

/** The entries that package.json names under `exports`. */
export const entries = readEntries();
