import { ensureAdapter } from "../../tools/softwareAdapter.mjs";

/** Prints the adapter of the tests once, and unpacks the software adapter, if it is needed, before the forks use it. */
export default async function setup(): Promise<void> {
  const { description, vendor, architecture, software } = await ensureAdapter();
  console.log(`WebGPU: ${description || `${vendor} ${architecture}`}${software ? " (software)" : ""}`);
}
