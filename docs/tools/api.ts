/**
 * Writes the API reference: a page for each public name, an index, and a sidebar.
 *
 * npm run build:api -w docs
 * node tools/run.mjs docs/tools/api.ts [FOLDER]
 *
 * The folder is docs/api if left out. It fails if a link leads nowhere, or if a name, a member or a parameter has no docstring.
 */

import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import {
  Application,
  Converter,
  DeclarationReflection,
  LiteralType,
  ReflectionKind,
  type TypeDocOptions,
  UnionType,
} from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { Api } from "./api/api.js";
import { writeSidebar } from "./api/sidebar.js";
import { apiRouter, apiTheme } from "./api/theme.js";
import { undocumented } from "./api/undocumented.js";
import { entries, root } from "./entries.js";
import { readPublicNames } from "./publicNames.js";

const [, , folder = join(root, "docs/api")] = process.argv;
const out = resolve(folder);

const options: Partial<TypeDocOptions & PluginOptions> = {
  plugin: [createRequire(import.meta.url).resolve("typedoc-plugin-markdown")],
  tsconfig: join(root, "tsconfig.build.json"),
  entryPoints: entries.map(({ file }) => join(root, file)),
  readme: "none",
  excludeInternal: true,
  excludeExternals: true,
  // `npm run typecheck` does it, with a newer compiler.
  skipErrorChecking: true,
  disableSources: true,
  sort: ["source-order"],
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: false },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  logLevel: "Warn",
  entryFileName: "index",
  theme: "api",
  router: "api",
  useCodeBlocks: true,
  expandObjects: true,
  expandParameters: true,
  sanitizeComments: true,
};
const app = await Application.bootstrapWithPlugins(options);

/** Unions of words that the source computes from a table, such as `keyof typeof TABLE`. */
const unions = new Map<DeclarationReflection, UnionType>();
app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
  if (!(reflection instanceof DeclarationReflection)) return;
  const isModule = reflection.kindOf(ReflectionKind.Module);
  const entry = entries.find(({ file }) => isModule && moduleName(file) === reflection.name);
  if (entry) reflection.name = entry.name;
  const symbol = reflection.kindOf(ReflectionKind.TypeAlias) ? context.getSymbolFromReflection(reflection) : undefined;
  const type = symbol && context.checker.getDeclaredTypeOfSymbol(symbol);
  if (!type?.isUnion()) return;
  const words = type.types.flatMap((each) => (each.isStringLiteral() ? [new LiteralType(each.value)] : []));
  if (words.length === type.types.length) unions.set(reflection, new UnionType(words));
});
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, () => {
  for (const [reflection, union] of unions) reflection.type = union;
});
// An unused parameter begins with an underscore in the source.
app.converter.on(Converter.EVENT_CREATE_PARAMETER, (_, parameter) => {
  parameter.name = parameter.name.replace(/^_/, "");
});

/** The name that TypeDoc gives to an entry. */
function moduleName(file: string): string {
  return file.replace(/^src\//, "").replace(/(\/index)?\.ts$/, "");
}

const entryPoints = app.getEntryPoints();
const [first] = entryPoints ?? [];
if (!entryPoints || !first) throw new Error("TypeDoc could not read the sources");
const project = app.converter.convert(entryPoints);
app.validate(project);
const api = new Api(project, readPublicNames(first.program));
for (const name of undocumented(api)) app.logger.error(`${name} has no docstring`);
app.renderer.defineRouter("api", apiRouter(api));
app.renderer.defineTheme("api", apiTheme(api));
if (!app.logger.hasErrors() && !app.logger.hasWarnings()) {
  await app.generateDocs(project, out);
  writeSidebar(api, join(out, "sidebar.json"));
}
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
