import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript-5.9";

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** The paths of the declarations of all entries of a package. */
function declarationsOf(folder: string): string[] {
  const { exports }: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const found = (value: unknown): string[] => {
    if (typeof value === "string") return value.endsWith(".d.ts") ? [join(folder, value)] : [];
    return Object.values(Object(value)).flatMap(found);
  };
  return found(exports);
}

/**
 * Finds types of a built package that a user cannot name: declarations of its entries mention them, but no entry exports
 * them.
 *
 * @param folder of the package
 * @returns how many exports there are, and "TYPE in EXPORT" for each such type
 */
export function unexportedTypes(folder: string): { readonly exports: number; readonly unexported: readonly string[] } {
  const entries = declarationsOf(folder);
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    noLib: true,
  });
  const checker = program.getTypeChecker();
  const original = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exported = new Set(
    entries.flatMap((entry) => {
      const file = program.getSourceFile(entry);
      const module = file && checker.getSymbolAtLocation(file);
      if (!module) throw new Error(`${entry} exports nothing`);
      return checker.getExportsOfModule(module).map(original);
    }),
  );
  const unexported = new Set<string>();
  const visit = (node: ts.Node, owner: ts.Symbol): void => {
    const name = nameOfType(node);
    const mentioned = name && checker.getSymbolAtLocation(name);
    if (mentioned) {
      const symbol = original(mentioned);
      const isParameter = (symbol.flags & ts.SymbolFlags.TypeParameter) !== 0;
      // Types of other libraries are not loaded. They have no declarations here.
      const isOwn = !isParameter && symbol.declarations !== undefined;
      if (isOwn && !exported.has(symbol)) unexported.add(`${symbol.name} in ${owner.name}`);
    }
    ts.forEachChild(node, (child) => visit(child, owner));
  };
  for (const symbol of exported) for (const declaration of symbol.declarations ?? []) visit(declaration, symbol);
  return { exports: exported.size, unexported: [...unexported] };
}

/** The name of the type that a node mentions, if it mentions one. */
function nameOfType(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  return ts.isImportTypeNode(node) ? node.qualifier : undefined;
}
