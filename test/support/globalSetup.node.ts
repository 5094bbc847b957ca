import { rmSync } from "node:fs";
import { ensureAdapter } from "../../tools/softwareAdapter.mjs";
import { siteFolder } from "../docs/site/support/folder.js";

/**
 * Prints the adapter of the tests once, and unpacks the software adapter, if it is needed, before the forks use it.
 *
 * @returns what removes the documentation site that the tests built
 */
export default async function setup(): Promise<() => void> {
  const { description, vendor, architecture, software } = await ensureAdapter();
  console.log(`WebGPU: ${description || `${vendor} ${architecture}`}${software ? " (software)" : ""}`);
  return () => rmSync(siteFolder(process.pid), { recursive: true, force: true });
}
