/**
 * Runs an example by its name: npm run example -- NAME [OPTIONS]. An example is the file NAME.ts or NAME/main.ts in this
 * folder. The list shows the first line of its comment.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reportFailure, UsageError } from "../demo/commandLine.js";
import { nearestName } from "../src/core/errors.js";
import { OPTIONS_USAGE } from "./kit/options.js";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** The file of each example, by name. */
function findExamples(): ReadonlyMap<string, string> {
  const entries = readdirSync(FOLDER, { withFileTypes: true });
  const found = entries.flatMap((entry): [string, string][] => {
    if (entry.isDirectory()) return [[entry.name, join(FOLDER, entry.name, "main.ts")]];
    const [, name] = /^(.*)\.ts$/.exec(entry.name) ?? [];
    return name === undefined || name === "main" ? [] : [[name, join(FOLDER, entry.name)]];
  });
  return new Map(found.filter(([, file]) => existsSync(file)));
}

/** The first line of the comment at the beginning of a file. */
function firstLine(file: string): string {
  return /^\/\*\*(?:\s*\*)?\s*(.*?)[\s:]*(?:\*\/)?$/m.exec(readFileSync(file, "utf8"))?.[1] ?? "";
}

const examples = findExamples();
const width = Math.max(...[...examples.keys()].map((name) => name.length));
const list = [...examples].map(([name, file]) => `  ${name.padEnd(width)}  ${firstLine(file)}`).join("\n");
const usage = `usage: npm run example -- NAME [OPTION…]\n\n${list}\n\n${OPTIONS_USAGE}`;

const [, , name, ...words] = process.argv;
try {
  if (name === undefined || name === "--help") console.log(usage);
  else await run(name, words);
} catch (error) {
  reportFailure(error, usage);
}

async function run(name: string, words: readonly string[]): Promise<void> {
  const file = examples.get(name);
  if (file === undefined) {
    const nearest = nearestName(name, [...examples.keys()]);
    throw new UsageError(
      `there is no example "${name}"; ${nearest === undefined ? "the names are below" : `did you mean ${nearest}?`}`,
    );
  }
  // The example finds its arguments as if it had been run by itself.
  process.argv.splice(1, Infinity, file, ...words);
  await import(/* @vite-ignore */ file);
}
