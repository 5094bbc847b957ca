import { join, relative } from "node:path";
import ts from "typescript";
import { type Entry, entries, root } from "./entries.js";
import { grouped } from "./grouped.js";

/** A name that an entry exports. */
export interface PublicName {
  readonly entry: Entry;
  readonly name: string;
  /** The path of its page in docs/api, without ".md". */
  readonly path: string;
  /** False for a type, and for a class that is exported as a type only. */
  readonly isValue: boolean;
  /** Whether the entry for pages lacks it. */
  readonly isNodeOnly: boolean;
  readonly declarations: readonly ts.Declaration[];
}

/** Reads the exports of all entries. */
export function readPublicNames(program: ts.Program = programOfSources()): readonly PublicName[] {
  const checker = program.getTypeChecker();
  const exportsOf = (path: string) => {
    const file = program.getSourceFile(join(root, path));
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${path} exports nothing`);
    return checker.getExportsOfModule(module);
  };
  return entries.flatMap((entry) => {
    const onPages = new Set(exportsOf(forPages(entry)).map(({ name }) => name));
    const symbols = exportsOf(entry.file);
    const byCase = grouped(symbols, ({ name }) => name.toLowerCase());
    return symbols.map((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const original = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      const isTypeOnly = symbol.declarations?.some(ts.isTypeOnlyExportDeclaration) ?? false;
      const isValue = !isTypeOnly && (original.flags & ts.SymbolFlags.Value) !== 0;
      // Some file systems ignore case, and would take the pages of `batches` and `Batches` for one.
      const isTwin = (byCase.get(symbol.name.toLowerCase()) ?? []).length > 1;
      return {
        entry,
        name: symbol.name,
        path: `${entry.name}/${symbol.name}${isTwin && !isValue ? "-type" : ""}`,
        isNodeOnly: !onPages.has(symbol.name),
        isValue,
        declarations: original.declarations ?? [],
      };
    });
  });
}

/** The source of an entry that pages import. */
function forPages({ file }: Entry): string {
  return file.replace(".node.ts", ".ts");
}

function programOfSources(): ts.Program {
  const files = entries.flatMap((entry) => [entry.file, forPages(entry)]).map((file) => join(root, file));
  return ts.createProgram([...files, join(root, "src/shaders.d.ts")], compilerOptions());
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(root, "tsconfig.json");
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options;
}

/** An `@example` of a docstring. */
export interface Example {
  readonly entry: Entry;
  /** The name that it belongs to: "relu", "Backend.tensor". */
  readonly name: string;
  readonly code: string;
  /** File and line of the tag. */
  readonly place: string;
}

/** The examples of public names and of their members. */
export function examplesOf(names: readonly PublicName[]): readonly Example[] {
  return names.flatMap(({ entry, name, declarations }) =>
    declarations.flatMap((declaration) => [
      ...examplesAt(declaration, entry, name),
      ...membersOf(declaration).flatMap((member) =>
        examplesAt(member, entry, `${name}.${member.name?.getText() ?? "constructor"}`),
      ),
    ]),
  );
}

function membersOf(declaration: ts.Declaration): readonly (ts.ClassElement | ts.TypeElement)[] {
  return ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration) ? [...declaration.members] : [];
}

function examplesAt(node: ts.Node, entry: Entry, name: string): readonly Example[] {
  return ts
    .getJSDocTags(node)
    .filter((tag) => tag.tagName.text === "example")
    .map((tag) => {
      const { file, line, text } = sourceOf(tag);
      const place = `${file}:${line}`;
      const [, code] = /^@example\n```ts\n([\s\S]*?)^```\s*$/m.exec(text) ?? [];
      if (code === undefined) throw new Error(`${place}: expected @example, and below it one block of \`\`\`ts`);
      return { entry, name, code, place };
    });
}

/** The text of a tag without the stars. */
function sourceOf(tag: ts.JSDocTag) {
  const source = tag.getSourceFile();
  const line = source.getLineAndCharacterOfPosition(tag.pos).line + 1;
  const text = source.text.slice(tag.pos, tag.end).replaceAll(/^[ \t]*\*(?: |$)/gm, "");
  return { file: relative(root, source.fileName), line, text: text.trimEnd() };
}
