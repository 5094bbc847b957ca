import { ensureAdapter } from "../../tools/softwareAdapter.mjs";

/** Says once what the tests run on, and unpacks the software adapter, where it is needed, before the forks want it. */
export default async function setup(): Promise<void> {
  const { description, vendor, architecture, software } = await ensureAdapter();
  console.log(`WebGPU: ${description || `${vendor} ${architecture}`}${software ? " (software)" : ""}`);
}
