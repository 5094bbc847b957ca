import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExampleImports, importStatements } from "../../../docs/tools/exampleImports.js";
import type { Example, PublicName } from "../../../docs/tools/publicNames.js";
import { shownValues } from "../../../docs/tools/shownValues.js";
import type { ExampleResult } from "./exampleRun.js";
import { ProgramFolder, root } from "./pages.js";

/** One program of several examples. */
export class ExampleProgram {
  readonly #folder: ProgramFolder;
  /** The line of the program, from 1, that the code of an example begins with. */
  readonly #begins: readonly number[];
  readonly #examples: readonly Example[];
  #types: string | undefined;
  #results: ReadonlyMap<number, ExampleResult> = new Map();
  #failure = "";

  /** @param servers the address of NATS servers, in place of the one that examples have */
  constructor(examples: readonly Example[], names: readonly PublicName[], servers = NATS) {
    this.#examples = examples;
    const imports = new ExampleImports(names);
    const own = examples.flatMap(({ code }) => code.match(IMPORT) ?? []);
    const lines = [
      `import { check, example } from "${join(root, "test/docs/support/exampleRun.js")}";`,
      ...new Set([...importStatements(examples.flatMap((each) => imports.needed(each))), ...own]),
    ];
    this.#begins = examples.map(({ code }, id) => {
      lines.push(`await example(${id}, async (backend) => { void backend; {`);
      const begin = lines.length + 1;
      lines.push(...withChecks(code).replaceAll(IMPORT, "").replaceAll(NATS, servers).trimEnd().split("\n"), "} });");
      return begin;
    });
    this.#folder = new ProgramFolder(lines.join("\n"));
  }

  /** Compiles and runs all of them. */
  async run(): Promise<void> {
    const [types, failure] = await Promise.all([
      this.#folder.typeErrors(),
      this.#folder.run().then(
        () => "",
        (error: unknown) => String(error),
      ),
    ]);
    this.#types = types;
    this.#failure = failure;
    const path = join(this.#folder.path, "results.jsonl");
    const results = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
    this.#results = new Map(
      results.map((line): ExampleResult => JSON.parse(line)).map((result) => [result.id, result] as const),
    );
  }

  /** What is wrong with an example. */
  problemsOf(example: Example): readonly string[] {
    const id = this.#examples.indexOf(example);
    const result = this.#results.get(id);
    const expected = shownValues(example.code).map(({ line }) => line);
    const missing = expected.filter((line) => !result?.compared.includes(line));
    return [
      ...this.#typeErrorsOf(id),
      ...(result ? result.wrong : [`it did not end: ${this.#failure}`]),
      ...(result?.error === undefined ? [] : [result.error]),
      ...(result ? missing.map((line) => `line ${line + 1}: it never came to this value`) : []),
    ];
  }

  /** What the compiler says about lines that belong to no example. */
  get otherTypeErrors(): readonly string[] {
    return this.#typeErrors()
      .filter(({ id }) => id < 0)
      .map(({ message }) => message);
  }

  #typeErrorsOf(wanted: number): readonly string[] {
    return this.#typeErrors()
      .filter(({ id }) => id === wanted)
      .map(({ message }) => message);
  }

  #typeErrors() {
    if (this.#types === undefined) throw new Error("the program was not run");
    const lines = this.#types.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
    return lines.map((line) => {
      const [, number = "0", message = line] = /^(?:.*\/)?program\.ts\((\d+),\d+\): (.*)/.exec(line) ?? [];
      const id = this.#begins.findLastIndex((begin) => begin <= Number(number));
      return { id, message: `line ${Number(number) - (this.#begins[id] ?? 1) + 1}: ${message}` };
    });
  }

  remove(): void {
    this.#folder.remove();
  }
}

/** The address of NATS servers in examples. */
const NATS = "nats://localhost:4222";

/** An import of something else, such as a module of Node. */
const IMPORT = /^import .*;$/gm;

/** The code with a comparison for each value that it shows. No line moves. */
function withChecks(code: string): string {
  let text = code;
  for (const { line, start, end, expression, isExpression, value, isRounded } of [...shownValues(code)].reverse()) {
    const check = `check(${line}, ${expression}, ${value}, ${isRounded});`;
    text = text.slice(0, start) + (isExpression ? "" : text.slice(start, end)) + check + text.slice(end);
  }
  return text;
}
