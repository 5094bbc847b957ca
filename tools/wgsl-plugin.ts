import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { withoutComments } from "./wgslText.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const posix = (path: string) => path.split(sep).join("/");

/**
 * Turns the import of a .wgsl file into `{ path, source, imports }`: its text without comments, and the same of each shaders/lib/NAME.wgsl that a
 * line `#import NAME` asks for. Linking is left to run time, where the constants are known.
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
        const libraries = Array.from(imports.keys(), (name) => `lib_${name}`);
        const text = JSON.stringify(withoutComments(source));
        const fields = `path: ${JSON.stringify(path)}, source: ${text}, imports: [${libraries.join(", ")}]`;
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
