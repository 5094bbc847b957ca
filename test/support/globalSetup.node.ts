import { rmSync } from "node:fs";
import { findNatsServer } from "../../tools/nats/program.mjs";
import { ensureAdapter } from "../../tools/softwareAdapter.mjs";
import { siteFolder } from "../docs/site/support/folder.js";

/**
 * Prints the adapter and the NATS server of the tests once, and unpacks them, if that is needed, before the forks use them.
 *
 * @returns what removes the documentation site that the tests built
 */
export default async function setup(): Promise<() => void> {
  const { description, vendor, architecture, software } = await ensureAdapter();
  console.log(`WebGPU: ${description || `${vendor} ${architecture}`}${software ? " (software)" : ""}`);
  const nats = findNatsServer();
  if ("missing" in nats) console.warn(`NATS: the tests of training on many machines are SKIPPED: ${nats.missing}`);
  else console.log(`NATS: ${nats.program} (${nats.from})`);
  return () => rmSync(siteFolder(process.pid), { recursive: true, force: true });
}
