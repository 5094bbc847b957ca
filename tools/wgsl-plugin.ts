import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const posix = (path: string) => path.split(sep).join("/");

/** Lines that the linker reads, by their spaces too. */
const FOR_THE_LINKER = /^(#|@|const |alias |enable |diagnostic|struct |for \(|\w+: \w+,$)/;

/** What is written for readers, comments, indentation and spaces around operators, is not sent to browsers. */
function compact(source: string): string {
  const lines = source.replace(/^[ \t]+|[ \t]*\/\/.*$/gm, "").split("\n");
  const spaces =
    /(?<=[\w)\]]) ([-+*/%<>=!&|]=?|&&|\|\||<<|>>|->) (?=[\w([])|(?<=[,}]|\w:|\b(?:if|else|while)) (?!:)| (?={$)/g;
  return lines.map((line) => (FOR_THE_LINKER.test(line) ? line : line.replace(spaces, "$1"))).join("\n");
}

/** What a build sends: besides, short names within functions and of types, no empty lines, and statements that follow each other in one line. */
function minified(source: string): string {
  const shortened = source
    .replace(/\/\/.*$/gm, "")
    .replace(/vec([234])<([fiu])32>/g, "vec$1$2")
    .replace(/^fn .*?^}/gms, withShortLocals);
  const lines: string[] = [];
  for (const line of compact(shortened).split(/\n+/)) {
    const last = lines.at(-1);
    if (last !== undefined && isStatement(last) && isStatement(line)) lines[lines.length - 1] = last + line;
    else lines.push(line);
  }
  return lines.join("\n");
}

function isStatement(line: string): boolean {
  return line.endsWith(";") && !FOR_THE_LINKER.test(line);
}

/** A function with a letter for the name of each parameter and local, letters being names that it does not have yet. */
function withShortLocals(definition: string): string {
  const names = new Set(definition.match(/[A-Za-z_]\w*/g));
  const free = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((letter) => !names.has(letter));
  const short = new Map<string, string>();
  for (const [, local, parameter] of definition.matchAll(/\b(?:let|var) (\w{2,})|[(,]\s*(\w{2,}): /g)) {
    const name = local ?? parameter;
    const letter = name !== undefined && !short.has(name) && free.shift();
    if (letter) short.set(name, letter);
  }
  return definition.replace(/(?<![\w.])[A-Za-z_]\w*/g, (name) => short.get(name) ?? name);
}

/**
 * Turns the import of a .wgsl file into `{ path, source, imports }`: its text for machines, and, by name, the same of each shaders/lib/NAME.wgsl
 * that a line `#import NAME` asks for. Linking is left to run time, where the constants are known. Messages name lines where the file is being
 * worked on; in a build they do not, and lines that are empty go.
 */
export function wgsl(): Plugin {
  return {
    name: "wgsl",
    load: {
      filter: { id: /\.wgsl$/ },
      handler(id) {
        this.addWatchFile(id);
        const path = posix(relative(root, id));
        const source = readFileSync(id, "utf8");
        const imports = new Map<string, string>();
        for (const [i, line] of source.split(/\r?\n/).entries()) {
          if (!line.trimStart().startsWith("#import")) continue;
          const name = /^#import\s+(\w+)\s*$/.exec(line)?.[1];
          if (!name) this.error(`${path}:${i + 1}: expected "#import NAME", got "${line}"`);
          const file = join(root, "shaders/lib", `${name}.wgsl`);
          if (!existsSync(file)) this.error(`${path}:${i + 1}: #import ${name}: no shaders/lib/${name}.wgsl`);
          imports.set(name, `./${posix(relative(dirname(id), file))}`);
        }
        const statements = Array.from(imports, ([name, file]) => `import lib_${name} from ${JSON.stringify(file)};\n`);
        const entries = Array.from(imports.keys(), (name) => `${name}: lib_${name}`);
        const sent = this.environment.config.command === "build" ? minified(source) : compact(source);
        const fields = `path: ${JSON.stringify(path)}, source: ${JSON.stringify(sent)}, imports: { ${entries.join(", ")} }`;
        return {
          code: `${statements.join("")}export default { ${fields} };\n`,
          map: { mappings: "" },
          moduleType: "js",
          moduleSideEffects: false,
        };
      },
    },
  };
}
