import ts from "typescript";

/** A statement of an example, with the value that a comment behind it tells: `await y.read(); // [1, 2]`. */
export interface ShownValue {
  /** From 0, within the code. */
  readonly line: number;
  /** Where the statement begins and ends in the code, without the comment. */
  readonly start: number;
  readonly end: number;
  /** What has the value: the expression, the argument of `console.log`, or the name that the statement declares. */
  readonly expression: string;
  /** Whether the statement only shows the value. A declaration does more. */
  readonly isExpression: boolean;
  /** The value as the comment tells it, a literal of TypeScript. */
  readonly value: string;
  /** With "≈": decimals are rounded. */
  readonly isRounded: boolean;
}

/**
 * Finds the values that an example shows.
 *
 * @throws Error if a comment behind an expression is no value
 */
export function shownValues(code: string): readonly ShownValue[] {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const found: ShownValue[] = [];
  const visit = (node: ts.Node): void => {
    const shown = ts.isExpressionStatement(node) || ts.isVariableStatement(node) ? shownBy(node, code) : undefined;
    if (shown) found.push(shown);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function shownBy(node: ts.ExpressionStatement | ts.VariableStatement, code: string): ShownValue | undefined {
  const comment = commentAt(code, node.end);
  if (comment === undefined) return undefined;
  const isRounded = comment.startsWith("≈");
  const value = literalIn(isRounded ? comment.slice(1) : comment);
  const [start, end] = [node.getStart(), node.end];
  const line = node.getSourceFile().getLineAndCharacterOfPosition(start).line;
  if (ts.isVariableStatement(node)) {
    const [variable, ...more] = node.declarationList.declarations;
    if (value === undefined) return undefined;
    if (!variable || more.length > 0 || !ts.isIdentifier(variable.name)) {
      throw new Error(`line ${line + 1}: a value behind a declaration of several names: ${comment}`);
    }
    return { line, start, end, expression: variable.name.text, isExpression: false, value, isRounded };
  }
  if (value === undefined) throw new Error(`line ${line + 1}: expected a value, got the comment: ${comment}`);
  return { line, start, end, expression: printed(node.expression).getText(), isExpression: true, value, isRounded };
}

/** The comment that begins in the line of `end`, with the lines of comments below it that continue a value. */
function commentAt(code: string, end: number): string | undefined {
  const [, text] = /^[ \t]*\/\/[ \t]*(.*(?:\n[ \t]*\/\/.*)*)/.exec(code.slice(end)) ?? [];
  const lines = text?.split("\n").map((line) => line.replace(/^[ \t]*\/\//, "").trim()) ?? [];
  for (let count = 1; count <= lines.length; count++) {
    const joined = lines.slice(0, count).join(" ");
    if (literalIn(joined.replace(/^≈/, "")) !== undefined) return joined;
  }
  return lines[0];
}

/** The text if it is a literal: a number, a string, a list or an object of literals, … */
function literalIn(text: string): string | undefined {
  const source = ts.createSourceFile("value.ts", `(${text})`, ts.ScriptTarget.Latest, true);
  const [statement, ...more] = source.statements;
  const diagnostics = ts.transpileModule(`(${text})`, { reportDiagnostics: true }).diagnostics ?? [];
  if (!statement || more.length > 0 || diagnostics.length > 0 || !ts.isExpressionStatement(statement)) return undefined;
  return isLiteral(statement.expression) ? text.trim() : undefined;
}

const NAMED_LITERALS = ["undefined", "NaN", "Infinity"];

function isLiteral(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isLiteral(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isLiteral);
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.MinusToken && isLiteral(node.operand);
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every((property) => ts.isPropertyAssignment(property) && isLiteral(property.initializer));
  }
  if (ts.isIdentifier(node)) return NAMED_LITERALS.includes(node.text);
  const { kind } = node;
  return (
    ts.isNumericLiteral(node) ||
    ts.isStringLiteralLike(node) ||
    kind === ts.SyntaxKind.TrueKeyword ||
    kind === ts.SyntaxKind.FalseKeyword ||
    kind === ts.SyntaxKind.NullKeyword
  );
}

/** The argument of `console.log(…)`, or the expression itself. */
function printed(node: ts.Expression): ts.Expression {
  if (!ts.isCallExpression(node) || node.expression.getText() !== "console.log") return node;
  const [argument, ...more] = node.arguments;
  return argument && more.length === 0 ? argument : node;
}
