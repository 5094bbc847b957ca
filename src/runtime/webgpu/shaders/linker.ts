/**
 * The linker: turns a .wgsl file and its imports, which the build has found, into the code of one pipeline. It knows three things that WGSL does not:
 *
 *     const TILE_Q: u32 = 4;  alias Lane = f32;      the value is replaced by the one that the plan chose, by name
 *     #if QUADS … #else … #endif                     the lines for a bool const that is true, or false; for what an `if` cannot hold
 *     #unroll                                        the `for` loop on the next line is written out
 *     for (var i = 0u; i < TILE_Q; i++) {            (it counts from 0 to a constant), i replaced by 0u, 1u, …
 *
 * Directives of WGSL (`enable`, `diagnostic`) may stand in an import; they come first in what it emits.
 *
 * Bindings and the layout of `Params` are read from the code, so that TypeScript repeats neither. Mistakes are errors that name file and line.
 */

import { KernelError } from "../../../core/errors.js";
import { existing } from "../../../core/records.js";

/** See src/shaders.d.ts, which types the import of a .wgsl file alike. */
export interface ShaderSource {
  readonly path: string;
  readonly source: string;
  readonly imports: readonly ShaderSource[];
}

/** Values for the shader's constants and aliases by name: a string for an alias, a number or boolean for a const. */
export type ShaderConstants = Readonly<Record<string, number | boolean | string>>;

export interface ShaderBinding {
  readonly name: string;
  readonly index: number;
  readonly type: "uniform" | "read-only-storage" | "storage";
  /** File and line of the declaration; in the package, the file. */
  readonly origin: string;
}

export interface ShaderParam {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
  /** File and line of the declaration. */
  readonly origin: string;
}

/** Values for the fields of `Params`, by name. */
export type ParamValues = Readonly<Record<string, number>>;

export interface LinkedShader {
  readonly path: string;
  readonly code: string;
  /** The fields of `Params` in order; each takes 4 bytes. */
  readonly params: readonly ShaderParam[];
  readonly bindings: readonly ShaderBinding[];
  readonly workgroupSize: number;
  /** Where a 1-based line of `code` comes from, such as "shaders/conv/conv2d/direct.wgsl:17"; in the package, the file. */
  originOf(line: number): string;
}

interface Line {
  readonly text: string;
  readonly origin: string;
}

type Constants = ReadonlyMap<string, string>;

/**
 * Whether mistakes are looked for, and told at their lines: to whoever writes shaders, whom the sources, the tests and the tools serve. The package's
 * shaders are written, and all that its plans make of them is linked in the tests.
 */
const EXPLAINED = import.meta.env.DEV;

/** A line without what the package's shaders do not have: spaces around and a comment. */
function codeOf(text: string): string {
  return EXPLAINED ? text.replace(/\/\/.*/, "").trim() : text;
}

function mistake(origin: string, words: string): KernelError {
  return new KernelError(`${origin}: ${words}`);
}

/** @throws KernelError for a mistake in the shader or in the constants */
export function linkShader(shader: ShaderSource, constants: ShaderConstants = {}): LinkedShader {
  const collected = collectLines(shader, new Set());
  const specialised = specialise(collected, constants, shader.path);
  const chosen = chooseBranches(specialised, constantsIn(specialised), shader.path);
  const lines = directivesFirst(unroll(chosen, constantsIn(chosen)));
  return {
    path: shader.path,
    code: lines.map((line) => line.text).join("\n"),
    params: paramsIn(lines, shader.path),
    bindings: bindingsIn(lines),
    workgroupSize: workgroupSizeIn(lines, shader.path),
    originOf: (line) => lines[line - 1]?.origin ?? shader.path,
  };
}

/** The lines of a shader with those of its imports before it, each file once, in the order of first mention. */
function collectLines({ path, source, imports }: ShaderSource, seen: Set<string>): Line[] {
  if (seen.has(path)) return [];
  seen.add(path);
  return [
    ...imports.flatMap((library) => collectLines(library, seen)),
    ...source.split("\n").map((text, i) => ({ text, origin: EXPLAINED ? `${path}:${i + 1}` : path })),
  ];
}

const DECLARATION = /^(const (\w+): ?(u32|i32|f32|bool) ?= ?|alias (\w+) ?= ?)([^;]+);/;

function specialise(lines: readonly Line[], constants: ShaderConstants, path: string): Line[] {
  if (EXPLAINED) checkConstants(lines, constants, path);
  return lines.map((line) => {
    const [whole, head = "", constName, type, aliasName] = DECLARATION.exec(line.text) ?? [];
    const value = constants[constName ?? aliasName ?? ""];
    if (whole === undefined || value === undefined) return line;
    return { ...line, text: `${head}${literal(value, type)};${line.text.slice(whole.length)}` };
  });
}

function literal(value: number | boolean | string, type: string | undefined): string {
  return type === "u32" ? `${value}u` : type === "f32" ? `f32(${value})` : String(value);
}

/** Each is declared once, and its value is of the type that is declared. */
function checkConstants(lines: readonly Line[], constants: ShaderConstants, path: string): void {
  const missing = new Set(Object.keys(constants));
  for (const { text, origin } of lines) {
    const [, , constName, type = "alias", aliasName] = DECLARATION.exec(text) ?? [];
    const name = constName ?? aliasName ?? "";
    const value = constants[name];
    if (value === undefined) continue;
    if (!missing.delete(name)) throw mistake(origin, `${name} is declared twice`);
    if (!isOfType(value, type)) throw mistake(origin, `${name}: ${value} is no ${type}`);
  }
  const [unknown] = missing;
  if (unknown !== undefined) throw mistake(path, `no const or alias ${unknown} to specialise`);
}

function isOfType(value: number | boolean | string, type: string): boolean {
  if (type === "bool") return typeof value === "boolean";
  if (type === "alias") return typeof value === "string";
  if (typeof value !== "number") return false;
  return type === "f32" ? Number.isFinite(value) : Number.isInteger(value) && (type === "i32" || value >= 0);
}

function constantsIn(lines: readonly Line[]): Constants {
  const constants = new Map<string, string>();
  for (const { text } of lines) {
    const [, , name, , , value] = DECLARATION.exec(text) ?? [];
    if (name !== undefined && value !== undefined) constants.set(name, value);
  }
  return constants;
}

/** Keeps the lines between `#if NAME` and `#endif` whose const is true, and those after `#else` whose const is false. */
function chooseBranches(lines: readonly Line[], constants: Constants, path: string): Line[] {
  const chosen: Line[] = [];
  const open: { readonly origin: string; taken: boolean }[] = [];
  for (const line of lines) {
    const [, directive, name] = /^#(if|else|endif)\b ?(.*)$/.exec(codeOf(line.text)) ?? [];
    if (directive === undefined) {
      if (open.every(({ taken }) => taken)) chosen.push(line);
      continue;
    }
    const last = open.at(-1);
    if (directive === "if") {
      const value = constants.get(name ?? "");
      if (EXPLAINED && value !== "true" && value !== "false")
        throw mistake(line.origin, `#if needs the name of a bool const`);
      open.push({ origin: line.origin, taken: value === "true" });
    } else if (EXPLAINED && !last) {
      throw mistake(line.origin, `#${directive} without #if`);
    } else if (directive === "endif") {
      open.pop();
    } else if (last) {
      last.taken = !last.taken;
    }
  }
  if (EXPLAINED && open.length > 0) throw mistake(existing(open.at(-1)).origin, `#if without #endif in ${path}`);
  return chosen;
}

/** WGSL has its directives before all declarations. */
function directivesFirst(lines: readonly Line[]): Line[] {
  const isDirective = ({ text }: Line) => /^(enable|diagnostic)\b/.test(text);
  return [...lines.filter(isDirective), ...lines.filter((line) => !isDirective(line))];
}

/** Writes out each loop that an `#unroll` line marks, the inner ones within each copy of the outer. */
function unroll(lines: readonly Line[], constants: Constants): Line[] {
  const flat: Line[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (!line) break;
    if (codeOf(line.text) !== "#unroll") {
      if (EXPLAINED && /^\s*#/.test(line.text)) throw mistake(line.origin, `unknown directive ${codeOf(line.text)}`);
      flat.push(line);
      continue;
    }
    const head = lines[i + 1];
    const loop = /^for ?\(var (\w+) ?= ?0u?; ?\1 ?< ?([\w *]+); ?\1\+\+\) ?\{$/.exec(codeOf(head?.text ?? ""));
    const [, index, bound] = loop ?? [];
    if (!head || index === undefined || bound === undefined) {
      if (EXPLAINED)
        throw mistake(line.origin, `#unroll must stand before a line such as "for (var i = 0u; i < TILE_Q; i++) {"`);
      continue;
    }
    const end = closingBrace(lines, i + 1, head.origin);
    const body = lines.slice(i + 2, end);
    const times = constantProduct(bound, constants, head.origin);
    const name = new RegExp(`(?<![\\w.])${index}(?!\\w)`, "g");
    for (let value = 0; value < times; value++) {
      const copy = body.map(({ text, origin }) => ({ text: text.replace(name, `${value}u`), origin }));
      flat.push({ text: "{", origin: head.origin }, ...unroll(copy, constants), { text: "}", origin: head.origin });
    }
    i = end;
  }
  return flat;
}

/** The line that closes the block opened on line `open`; nothing else may stand on it. */
function closingBrace(lines: readonly Line[], open: number, origin: string): number {
  let depth = 0;
  for (let i = open; i < lines.length; i++) {
    const code = codeOf(lines[i]?.text ?? "");
    for (const character of code) depth += character === "{" ? 1 : character === "}" ? -1 : 0;
    if (depth > 0) continue;
    if (code !== "}") break;
    return i;
  }
  if (EXPLAINED) throw mistake(origin, "the unrolled loop must end in a line with nothing but its closing brace");
  return lines.length;
}

/** The value of `TILE_Q`, `4` or `TILE_Q * 4u`, whose names may stand for such in turn. */
function constantProduct(expression: string, constants: Constants, origin: string): number {
  return expression.split("*").reduce((product, part) => {
    const factor = part.trim();
    const value = constantValue(factor, constants);
    if (EXPLAINED && value === undefined) throw mistake(origin, `${factor} is no constant; an unrolled loop needs one`);
    return product * (value ?? 0);
  }, 1);
}

function constantValue(factor: string, constants: Constants): number | undefined {
  const declared = constants.get(factor);
  if (declared === undefined) return /^\d+u?$/.test(factor) ? Number.parseInt(factor, 10) : undefined;
  return declared.split("*").reduce<number | undefined>((product, part) => {
    const value = constantValue(part.trim(), constants);
    return product === undefined || value === undefined ? undefined : product * value;
  }, 1);
}

function paramsIn(lines: readonly Line[], path: string): ShaderParam[] {
  const start = lines.findIndex(({ text }) => text.startsWith("struct Params"));
  if (EXPLAINED && start < 0) throw mistake(path, `no "struct Params {"`);
  const params: ShaderParam[] = [];
  for (const { text, origin } of lines.slice(start + 1)) {
    const field = codeOf(text);
    if (field.startsWith("}")) return params;
    if (field === "") continue;
    const [, name, type] = /^(\w+): ?(u32|i32|f32),$/.exec(field) ?? [];
    if (name !== undefined && (type === "u32" || type === "i32" || type === "f32")) params.push({ name, type, origin });
    else if (EXPLAINED) throw mistake(origin, `Params holds 4-byte scalars only, one a line, such as "stride: u32,"`);
  }
  if (EXPLAINED) throw mistake(path, `"struct Params {" is never closed`);
  return params;
}

function bindingsIn(lines: readonly Line[]): ShaderBinding[] {
  const bindings: ShaderBinding[] = [];
  for (const { text, origin } of lines) {
    if (!text.startsWith("@group")) continue;
    const [, index, space, name] =
      /^@group\(0\) @binding\((\d+)\) var<(uniform|storage, read|storage, read_write)> (\w+):/.exec(text) ?? [];
    const type = space === "uniform" ? "uniform" : space === "storage, read" ? "read-only-storage" : "storage";
    if (index !== undefined && name !== undefined) bindings.push({ name, index: Number(index), type, origin });
    else if (EXPLAINED) throw mistake(origin, `expected "@group(0) @binding(N) var<storage, read> name: …"`);
  }
  return bindings;
}

function workgroupSizeIn(lines: readonly Line[], path: string): number {
  const constants = constantsIn(lines);
  if (EXPLAINED && !constants.has("WORKGROUP_SIZE")) throw mistake(path, `no "const WORKGROUP_SIZE: u32 = …;"`);
  return constantProduct("WORKGROUP_SIZE", constants, path);
}
