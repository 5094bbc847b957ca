import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { unpackOnce } from "../unpackOnce.mjs";

/** @typedef {{ program: string, from: string } | { missing: string }} Found the program's path and its origin, or why there is none */

/** The path of an ordinary Debian user lacks these folders. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

/** @type {Found | undefined} */
let found;

/**
 * The `nats-server` of this machine: on the PATH, or else out of Debian's package, which is unpacked once into node_modules/.cache. That needs
 * no root.
 * @returns {Found}
 */
export function findNatsServer() {
  found ??= onPath() ?? unpacked();
  return found;
}

/** @returns {Found | undefined} */
function onPath() {
  const name = process.platform === "win32" ? "nats-server.exe" : "nats-server";
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  const program = folders.map((folder) => join(folder, name)).find(isExecutable);
  return program === undefined ? undefined : { program, from: "installed" };
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @returns {Found} */
function unpacked() {
  try {
    const directory = unpackOnce(`nats-server-${process.arch}`, unpackPackage);
    return { program: join(directory, "usr/sbin/nats-server"), from: "Debian's package, unpacked" };
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error);
    return { missing: `no nats-server on the PATH, and Debian's package did not unpack: ${why}` };
  }
}

/** @param {string} directory */
function unpackPackage(directory) {
  try {
    run(directory, "apt-get", "download", "nats-server");
  } catch {
    // The lists of packages may be missing. They are read into the folder itself, since only root may change those of the system.
    const [lists, archives] = [join(directory, "lists"), join(directory, "archives")];
    for (const folder of [lists, archives]) mkdirSync(join(folder, "partial"), { recursive: true });
    const places = ["-o", `Dir::State::Lists=${lists}`, "-o", `Dir::Cache=${directory}`];
    run(directory, "apt-get", ...places, "update");
    run(directory, "apt-get", ...places, "download", "nats-server");
    rmSync(lists, { recursive: true });
  }
  const archive = readdirSync(directory).find((name) => name.endsWith(".deb"));
  if (archive === undefined) throw new Error("apt-get downloaded no package");
  run(directory, "dpkg-deb", "-x", archive, ".");
  if (!isExecutable(join(directory, "usr/sbin/nats-server")))
    throw new Error("the package holds no usr/sbin/nats-server");
}

/**
 * @param {string} directory
 * @param {string} program
 * @param {readonly string[]} words
 */
function run(directory, program, ...words) {
  execFileSync(program, words, { cwd: directory, stdio: "pipe", timeout: 60_000 });
}
