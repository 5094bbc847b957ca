// What of a shader's text is sent to a browser.

/** Lines that the linker reads, by their spaces too. */
const FOR_THE_LINKER = /^(#|@|const |alias |enable |diagnostic|struct |for \(|\w+: \w+,$)/;

/** What is written for readers, comments, indentation and spaces around operators, is not sent to browsers; nor are imports, which the build finds. */
export function compact(source: string): string {
  const lines = source.replace(/^[ \t]+|[ \t]*\/\/.*$|^#import.*$/gm, "").split(/\r?\n/);
  const spaces =
    /(?<=[\w)\]]) ([-+*/%<>=!&|]=?|&&|\|\||<<|>>|->) (?=[\w([])|(?<=[,}]|\w:|\b(?:if|else|while)) | (?={$)/g;
  return lines.map((line) => (FOR_THE_LINKER.test(line) ? line : line.replace(spaces, "$1"))).join("\n");
}

/** What a build sends: besides, short names within functions, of types and of `params`, no empty lines, and statements that follow each other in one line. */
export function minified(source: string): string {
  const shortened = source
    .replace(/[ \t]*\/\/.*$/gm, "")
    .replace(/vec([234])<([fiu])32>/g, "vec$1$2")
    .replace(/\bparams\b/g, "P")
    .replace(/^fn .*?^}/gms, withShortLocals);
  const lines: string[] = [];
  for (const spaced of compact(shortened).trim().split(/\n+/)) {
    const line = spaced.replace(/(?<=[:=<;]) | (?=[=<{])|(?<=for) /g, "");
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
