import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A peer that cannot run here. The message says what to do. */
export class PeerMissingError extends Error {}

/**
 * @param peer as the user names it
 * @param packageName the package that the peer is
 * @throws PeerMissingError
 */
export function requireInstalled(peer: string, packageName: string): void {
  if (existsSync(fileURLToPath(new URL(`../node_modules/${packageName}`, import.meta.url)))) return;
  throw new PeerMissingError(`${peer} is not installed; its packages are the bench's own: npm ci --prefix bench`);
}
