import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Without Vitest's NODE_ENV, because Vite would build for tests. */
const { NODE_ENV: _, ...env } = process.env;
const execute = promisify(execFile);

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The files that a build reads and that npm packs. */
const SOURCES = [
  "src",
  "docs",
  "examples/distributed",
  "shaders",
  "tools",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "vite.config.ts",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
];

interface RunOptions {
  readonly cwd: string;
  /** More variables of the environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs a program. @throws (rejects) if it fails, with all its output */
export async function run(program: string, parameters: readonly string[], { cwd, variables }: RunOptions) {
  try {
    return await execute(program, parameters, { cwd, env: { ...env, ...variables } });
  } catch (error) {
    if (error instanceof Error && "stdout" in error) error.message += `\n${error.stdout}`;
    throw error;
  }
}

/** Builds the library's JavaScript into a folder, in a quarter of the time of `npm run build`. */
export async function buildInto(folder: string): Promise<void> {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  await run(process.execPath, [vite, "build", "--logLevel", "error", "--outDir", folder], { cwd: root });
}

/** The packed package, as npm would install it, in folders outside this repository. */
export class Packed {
  private constructor(
    private readonly folder: string,
    /** The folder of the unpacked package. */
    readonly path: string,
  ) {}

  /** Builds from a copy of the sources. Several test files can do it at the same time. */
  static async make(): Promise<Packed> {
    const folder = await mkdtemp(join(tmpdir(), "webgpu-cnn-"));
    const copy = join(folder, "copy");
    for (const source of SOURCES) await cp(join(root, source), join(copy, source), { recursive: true });
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
    await run("npm", ["run", "build"], { cwd: copy });
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: copy });
    const [{ filename }]: [{ filename: string }] = JSON.parse(stdout);
    await run("tar", ["-xzf", join(folder, filename)], { cwd: folder });
    return new Packed(folder, join(folder, "package"));
  }

  /** The package as it runs: built, without types and documents. */
  static async withoutTypes(): Promise<Packed> {
    const folder = await mkdtemp(join(tmpdir(), "webgpu-cnn-"));
    const path = join(folder, "package");
    await buildInto(join(path, "dist"));
    await cp(join(root, "package.json"), join(path, "package.json"));
    return new Packed(folder, path);
  }

  /** A fresh folder with the package installed, some of this repository's packages by name, and files by name. */
  async project(name: string, others: readonly string[], files: Readonly<Record<string, string>>): Promise<string> {
    const directory = join(this.folder, name);
    const installed = join(directory, "node_modules");
    await mkdir(installed, { recursive: true });
    // Copied, because Node resolves the imports of a linked package from its real place.
    await cp(this.path, join(installed, "webgpu-cnn"), { recursive: true });
    for (const other of others) {
      await mkdir(join(installed, other, ".."), { recursive: true });
      await symlink(join(root, "node_modules", other), join(installed, other));
    }
    await writeFile(join(directory, "package.json"), '{ "type": "module" }');
    for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
    return directory;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}
