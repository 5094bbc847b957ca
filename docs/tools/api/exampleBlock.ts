import { importStatements } from "../exampleImports.js";
import { freeNames } from "../freeNames.js";
import type { Example } from "../publicNames.js";
import { shownValues } from "../shownValues.js";
import type { Api } from "./api.js";
import { code } from "./markdown.js";

/** An import of something else, such as a module of Node. */
const IMPORT = /^import .*;\n/gm;

/** An example as a full program. A reader can run it in the page if it prints, and needs nothing of Node. */
export function exampleBlock(api: Api, example: Example): string {
  const program = printing(example.code);
  const needsBackend = freeNames(program).has("backend");
  const opener = needsBackend ? "const backend = await createBackend();\n" : "";
  const needed = api.imports.needed({ entry: example.entry, code: opener + program });
  const imports = [...(program.match(IMPORT) ?? []).map((line) => line.trimEnd()), ...importStatements(needed)];
  const text = `${imports.join("\n")}\n\n${opener}${program.replaceAll(IMPORT, "")}`.trimStart();
  const isForNode = text.includes('from "node:') || needed.some(({ isNodeOnly }) => isNodeOnly);
  return code(program.includes("console.log(") && !isForNode ? "ts live" : "ts", text);
}

/** The code, with `console.log` around each value that a comment tells. */
function printing(text: string): string {
  let program = text;
  for (const { start, end, expression, isExpression } of [...shownValues(text)].reverse()) {
    if (isExpression) program = `${program.slice(0, start)}console.log(${expression});${program.slice(end)}`;
  }
  return program;
}
