import ts from "typescript";

/**
 * JavaScript for TypeScript. Only the code that a visitor has changed needs it, and only if it contains types: it loads the compiler.
 *
 * @throws SyntaxError with the line of the first mistake
 */
export function withoutTypes(source: string): string {
  const { outputText, diagnostics } = ts.transpileModule(source, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  for (const { file, start, messageText } of diagnostics ?? []) {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : undefined;
    const message = ts.flattenDiagnosticMessageText(messageText, " ");
    throw new SyntaxError(line === undefined ? message : `line ${line}: ${message}`);
  }
  return outputText;
}
