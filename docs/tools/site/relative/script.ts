import { parseSync } from "vite";
import { PLACEHOLDER } from "./placeholder.js";

/** A part of a script, and what takes its place. */
interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The name of the constant that holds the site's root. */
const ROOT = "$siteRoot";

/**
 * A module in which the site's root is no longer PLACEHOLDER. It computes the root from its own address.
 *
 * @param up the way from the module to the root, such as "../"
 */
export function relativeScript(path: string, code: string, up: string): string {
  const { program, errors } = parseSync(path, code);
  const [error] = errors;
  if (error) throw new Error(`${path}: ${error.message}`);
  const changes: Change[] = [];
  visit(program, (node, parent) => {
    if (node.type === "Literal" && typeof node.value === "string" && node.value.includes(PLACEHOLDER)) {
      const type = String(parent?.type);
      const isPlain =
        type === "ImportDeclaration" || type.startsWith("Export") || (type === "Property" && parent?.key === node);
      if (isPlain) throw new Error(`${path}: an expression cannot replace "${node.value}"`);
      changes.push({ start: node.start, end: node.end, text: expression(node.value) });
    }
    if (node.type === "TemplateElement") {
      const raw = code.slice(node.start, node.end);
      const text = raw.replaceAll(PLACEHOLDER, `\${${ROOT}}`);
      if (text !== raw) changes.push({ start: node.start, end: node.end, text });
    }
  });
  const rest = changes
    .sort((one, other) => other.start - one.start)
    .reduce((text, { start, end, text: own }) => text.slice(0, start) + own + text.slice(end), code);
  return `const ${ROOT}=new URL(${JSON.stringify(up)},import.meta.url).pathname;${rest}`;
}

function expression(text: string): string {
  return `[${text
    .split(PLACEHOLDER)
    .map((part) => JSON.stringify(part))
    .join(",")}].join(${ROOT})`;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly value?: unknown;
  readonly key?: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value && "end" in value;
}

function visit(node: unknown, call: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  if (Array.isArray(node)) {
    for (const each of node) visit(each, call, parent);
  } else if (isNode(node)) {
    call(node, parent);
    for (const each of Object.values(node)) visit(each, call, node);
  }
}
