import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "./root.js";

/** Writes docs/api, in a process of its own: TypeDoc and VitePress each take much memory. */
export async function writeApi(): Promise<void> {
  const arguments_ = [join(root, "tools/run.mjs"), join(root, "docs/tools/api.ts")];
  const [code] = await once(spawn(process.execPath, arguments_, { cwd: root, stdio: "inherit" }), "exit");
  if (code !== 0) throw new Error("the API reference could not be written");
}
