import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A block of code on a page. */
export interface Block {
  /** What follows the three backticks, such as "ts" or "ts setup". */
  readonly language: string;
  /** The nearest heading above, of two signs. "" before the first. */
  readonly section: string;
  readonly code: string;
}

/** The blocks of code of a page of the documentation, in order. */
export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, page), "utf8");
  let section = "";
  return [...text.matchAll(/^## (.*)$|^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, title, language, code]) => {
    if (title !== undefined) section = title;
    return language !== undefined && code !== undefined ? [{ language, section, code }] : [];
  });
}

/** One program of several texts: each name is imported once, at the top. */
export function programOf(texts: readonly string[]): string {
  const names = new Map<string, Set<string>>();
  const rest = texts
    .join("\n")
    .replaceAll(
      /^import (type )?\{([^}]*)\} from "(.*)";$/gm,
      (_, type: string | undefined, list: string, module: string) => {
        const known = names.get(module) ?? new Set();
        for (const name of list.split(",")) if (name.trim() !== "") known.add((type ?? "") + name.trim());
        names.set(module, known);
        return "";
      },
    );
  const imports = [...names].map(([module, list]) => {
    const needed = [...list].filter((name) => !list.has(name.replace(/^type /, "")) || !name.startsWith("type "));
    return `import { ${needed.join(", ")} } from "${module}";`;
  });
  return [...imports, rest].join("\n");
}

/** A folder with a program, outside of the repository. */
export class ProgramFolder {
  readonly path = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));

  constructor(program: string) {
    writeFileSync(join(this.path, "program.ts"), program);
    symlinkSync(join(root, "node_modules"), join(this.path, "node_modules"));
  }

  /** Runs the program. @returns its output @throws (rejects) if it fails */
  async run(seconds = 240): Promise<string> {
    const { stdout } = await execute(process.execPath, [join(root, "tools/run.mjs"), join(this.path, "program.ts")], {
      cwd: this.path,
      timeout: 1000 * seconds,
      killSignal: "SIGKILL",
    });
    return stdout;
  }

  /** What the compiler says about the program, with the options of a new project. Empty if all is well. */
  async typeErrors(): Promise<string> {
    const own = { noPropertyAccessFromIndexSignature: false, noImplicitOverride: false, noUnusedLocals: false };
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: own,
      include: ["program.ts", join(root, "src/shaders.d.ts")],
    };
    writeFileSync(join(this.path, "tsconfig.json"), JSON.stringify(config));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const arguments_ = [compiler, "--noEmit", "--pretty", "false", "-p", this.path];
    const { stdout } = await execute(process.execPath, arguments_).catch((error: { stdout: string }) => error);
    return stdout;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
