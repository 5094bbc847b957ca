/**
 * The linker turns a .wgsl file and its imports into the code of one pipeline. It adds three things to WGSL:
 *
 *     override TILE_Q: u32 = 4;                 a constant that the launcher must give; the value in the file is for
 *                                               reading and for tests
 *     #if QUADS … #else … #endif                the lines for a bool constant that is true, or false; for what an `if` cannot hold
 *     #unroll                                   writes out the `for` loop on the next line, which counts from 0 to a constant;
 *     for (var i = 0u; i < TILE_Q; i++) {       in each copy, i is 0u, 1u, …
 *
 * A `const` keeps its value: a launcher cannot give one.
 * WGSL wants its directives (`enable`, `diagnostic`) first. An import may hold them: the linker moves them up.
 *
 * The linker reads the bindings and the layout of `Params` from the code, so TypeScript does not repeat them.
 * Every mistake is an error that names file and line.
 */

import { KernelError } from "../../../core/errors.js";
import type { ShaderConstants, ShaderSource } from "../../../core/operation.js";

export interface ShaderBinding {
  readonly name: string;
  readonly index: number;
  readonly type: "uniform" | "read-only-storage" | "storage";
  /** File and line of the declaration. */
  readonly origin: string;
}

export interface ShaderParam {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
  /** File and line of the declaration. */
  readonly origin: string;
}

export interface LinkedShader {
  readonly path: string;
  readonly code: string;
  /** The fields of `Params` in order; each takes 4 bytes. */
  readonly params: readonly ShaderParam[];
  readonly bindings: readonly ShaderBinding[];
  readonly workgroupSize: number;
  /** Where a 1-based line of `code` comes from, such as "shaders/conv/conv2d/direct.wgsl:17". */
  originOf(line: number): string;
}

interface Line {
  /** Without comment and indentation. */
  readonly text: string;
  /** File and line. */
  readonly origin: string;
}

/** The values of constants, as the code has them. */
type Constants = ReadonlyMap<string, string>;

/**
 * @param constants a value for each `override`; if left out, all keep the values in the file
 * @throws KernelError for a mistake in the shader or in the constants
 */
export function linkShader(shader: ShaderSource, constants?: ShaderConstants): LinkedShader {
  const { path } = shader;
  const specialised = specialise(collectLines(shader, new Set()), constants, path);
  const chosen = chooseBranches(specialised, constantsIn(specialised), path);
  const lines = directivesFirst(unroll(chosen, constantsIn(chosen)));
  return {
    path,
    code: lines.map(({ text }) => text).join("\n"),
    params: paramsIn(lines, path),
    bindings: bindingsIn(lines),
    workgroupSize: workgroupSizeIn(lines, path),
    originOf: (line) => lines[line - 1]?.origin ?? path,
  };
}

function mistake(origin: string, words: string): KernelError {
  return new KernelError(`${origin}: ${words}`);
}

/** The lines of a shader after the lines of its imports. Each file appears once, in the order of the first import. */
function collectLines({ path, source, imports }: ShaderSource, seen: Set<string>): Line[] {
  if (seen.has(path)) return [];
  seen.add(path);
  return [
    ...imports.flatMap((library) => collectLines(library, seen)),
    ...source.split("\n").map((text, i) => ({ text: text.replace(/\/\/.*/, "").trim(), origin: `${path}:${i + 1}` })),
  ];
}

// Constants

const DECLARATION = /^(override|const) (\w+): (u32|i32|f32|bool) = ([^;]+);$/;

/** Makes each `override` a `const` of the chosen value. */
function specialise(lines: readonly Line[], constants: ShaderConstants | undefined, path: string): Line[] {
  const unused = new Set(Object.keys(constants ?? {}));
  const specialised = lines.map(({ text, origin }) => {
    if (!text.startsWith("override")) return { text, origin };
    const [, , name, type, inFile] = DECLARATION.exec(text) ?? [];
    if (name === undefined || type === undefined) throw mistake(origin, `expected "override NAME: u32 = 4;"`);
    if (!constants) return { text: `const ${name}: ${type} = ${inFile};`, origin };
    const value = constants[name];
    if (value === undefined) throw mistake(origin, `the launcher gives no value for ${name}`);
    if (!unused.delete(name)) throw mistake(origin, `${name} is declared twice`);
    if (!isOfType(value, type)) throw mistake(origin, `${name}: ${value} is no ${type}`);
    return { text: `const ${name}: ${type} = ${literal(value, type)};`, origin };
  });
  const [unknown] = unused;
  if (unknown !== undefined) throw mistake(path, `no override ${unknown} to give a value to`);
  return specialised;
}

function isOfType(value: number | boolean, type: string): boolean {
  if (typeof value === "boolean") return type === "bool";
  if (type === "f32") return Number.isFinite(value);
  return type !== "bool" && Number.isInteger(value) && (type === "i32" || value >= 0);
}

function literal(value: number | boolean, type: string): string {
  return type === "u32" ? `${value}u` : type === "f32" ? `f32(${value})` : String(value);
}

function constantsIn(lines: readonly Line[]): Constants {
  const constants = new Map<string, string>();
  for (const { text } of lines) {
    const [, , name, , value] = DECLARATION.exec(text) ?? [];
    if (name !== undefined && value !== undefined) constants.set(name, value);
  }
  return constants;
}

/** The value of a product such as `TILE_Q * 4u`. A factor is a number, or a constant that is such a product. */
function productOf(expression: string, constants: Constants, origin: string): number {
  return expression
    .split("*")
    .map((part) => part.trim())
    .reduce((product, factor) => {
      const value = constants.get(factor);
      if (value !== undefined) return product * productOf(value, constants, origin);
      if (/^\d+u?$/.test(factor)) return product * Number.parseInt(factor, 10);
      throw mistake(origin, `${factor} is no constant number; an unrolled loop needs one`);
    }, 1);
}

// Directives

/**
 * Keeps the lines between `#if NAME` and `#endif` whose constant is true, and those after `#else` whose constant is
 * false.
 */
function chooseBranches(lines: readonly Line[], constants: Constants, path: string): Line[] {
  const chosen: Line[] = [];
  const open: { readonly origin: string; taken: boolean }[] = [];
  for (const line of lines) {
    const [, directive, name = ""] = /^#(if|else|endif)\b ?(.*)$/.exec(line.text) ?? [];
    const innermost = open.at(-1);
    if (directive === undefined) {
      if (open.every(({ taken }) => taken)) chosen.push(line);
    } else if (directive === "if") {
      const value = constants.get(name);
      if (value !== "true" && value !== "false") throw mistake(line.origin, "#if needs the name of a bool constant");
      open.push({ origin: line.origin, taken: value === "true" });
    } else if (innermost === undefined) {
      throw mistake(line.origin, `#${directive} without #if`);
    } else if (directive === "else") {
      innermost.taken = !innermost.taken;
    } else {
      open.pop();
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) throw mistake(unclosed.origin, `#if without #endif in ${path}`);
  return chosen;
}

const LOOP = /^for \(var (\w+) = 0u?; \1 < ([\w *]+); \1\+\+\) \{$/;

/** Writes out each loop that follows an `#unroll` line. It writes out inner loops in each copy of the outer one. */
function unroll(lines: readonly Line[], constants: Constants): Line[] {
  const flat: Line[] = [];
  let next = 0;
  for (const [i, line] of lines.entries()) {
    if (i < next) continue;
    if (line.text !== "#unroll") {
      if (line.text.startsWith("#")) throw mistake(line.origin, `unknown directive ${line.text}`);
      flat.push(line);
      continue;
    }
    const head = lines[i + 1];
    const [, index, bound] = LOOP.exec(head?.text ?? "") ?? [];
    if (!head || index === undefined || bound === undefined) {
      throw mistake(line.origin, `#unroll must stand before a line such as "for (var i = 0u; i < TILE_Q; i++) {"`);
    }
    const end = closingBrace(lines, i + 1, head.origin);
    const body = lines.slice(i + 2, end);
    const name = new RegExp(`(?<![\\w.])${index}(?!\\w)`, "g");
    for (let value = 0; value < productOf(bound, constants, head.origin); value++) {
      const copy = body.map(({ text, origin }) => ({ text: text.replace(name, `${value}u`), origin }));
      flat.push({ text: "{", origin: head.origin }, ...unroll(copy, constants), { text: "}", origin: head.origin });
    }
    next = end + 1;
  }
  return flat;
}

/** The line that closes the brace opened on line `open`. Nothing else may stand on it. */
function closingBrace(lines: readonly Line[], open: number, origin: string): number {
  let depth = 0;
  for (const [i, { text }] of lines.entries()) {
    if (i < open) continue;
    for (const character of text) depth += character === "{" ? 1 : character === "}" ? -1 : 0;
    if (depth > 0) continue;
    if (text === "}") return i;
    break;
  }
  throw mistake(origin, "the unrolled loop must end in a line with nothing but its closing brace");
}

/** Moves directives to the front: WGSL wants them before all declarations. */
function directivesFirst(lines: readonly Line[]): Line[] {
  const isDirective = ({ text }: Line) => /^(enable|diagnostic)\b/.test(text);
  return [...lines.filter(isDirective), ...lines.filter((line) => !isDirective(line))];
}

// What TypeScript reads from the code

function paramsIn(lines: readonly Line[], path: string): ShaderParam[] {
  const start = lines.findIndex(({ text }) => text === "struct Params {");
  if (start < 0) throw mistake(path, `no "struct Params {"`);
  const params: ShaderParam[] = [];
  for (const { text, origin } of lines.slice(start + 1)) {
    if (text === "}") return params;
    if (text === "") continue;
    const [, name, type] = /^(\w+): (u32|i32|f32),$/.exec(text) ?? [];
    if (name === undefined || (type !== "u32" && type !== "i32" && type !== "f32")) {
      throw mistake(origin, `Params holds 4-byte scalars only, one a line, such as "stride: u32,"`);
    }
    params.push({ name, type, origin });
  }
  throw mistake(path, `"struct Params {" is never closed`);
}

function bindingsIn(lines: readonly Line[]): ShaderBinding[] {
  const bindings: ShaderBinding[] = [];
  for (const { text, origin } of lines) {
    if (!text.startsWith("@group")) continue;
    const [, index, space, name] =
      /^@group\(0\) @binding\((\d+)\) var<(uniform|storage, read|storage, read_write)> (\w+):/.exec(text) ?? [];
    if (index === undefined || name === undefined) {
      throw mistake(origin, `expected "@group(0) @binding(N) var<storage, read> name: …"`);
    }
    const type = space === "uniform" ? "uniform" : space === "storage, read" ? "read-only-storage" : "storage";
    bindings.push({ name, index: Number(index), type, origin });
  }
  return bindings;
}

function workgroupSizeIn(lines: readonly Line[], path: string): number {
  const constants = constantsIn(lines);
  if (!constants.has("WORKGROUP_SIZE")) throw mistake(path, `no "const WORKGROUP_SIZE: u32 = …;"`);
  return productOf("WORKGROUP_SIZE", constants, path);
}
