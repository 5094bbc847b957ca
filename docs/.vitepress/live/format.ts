/** Prints values as Node's console does, as far as programs usually print them. test/docs/site/format.test.ts compares both. */
import { layOut } from "./layOut.js";

const MOST_ITEMS = 100;
const DEEPEST = 2;

export function format(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === "string" ? value : new Printer().print(value, 0, 0))).join(" ");
}

class Printer {
  /** The objects around the present one. */
  private readonly around: object[] = [];
  /** The depth of the object that was begun last. */
  private begun = 0;

  print(value: unknown, depth: number, indentation: number): string {
    if (typeof value === "string") return quoted(value);
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "symbol") return String(value);
    if (Object.is(value, -0)) return "-0";
    if (value === null || (typeof value !== "object" && typeof value !== "function")) return `${value}`;
    const own: unknown = Reflect.get(value, Symbol.for("nodejs.util.inspect.custom"));
    if (typeof own === "function") return String(Reflect.apply(own, value, []));
    if (typeof value === "function") {
      const isClass = /^class\b/.test(Function.prototype.toString.call(value));
      return isClass ? `[class ${value.name}]` : `[Function${value.name === "" ? " (anonymous)" : `: ${value.name}`}]`;
    }
    if (value instanceof Error) return depth === 0 ? `${value}` : `[${value}]`;
    if (value instanceof Date) return value.toISOString();
    if (value instanceof RegExp) return `${value}`;
    if (this.around.includes(value)) return "[Circular *1]";
    return this.printParts(value, depth, indentation);
  }

  private printParts(value: object, depth: number, indentation: number): string {
    const list = listOf(value);
    const name = nameOf(value);
    const open = `${prefixOf(value, name)}${list ? "[" : "{"}`;
    const close = list ? "]" : "}";
    if (sizeOf(value) === 0) return `${open}${close}`;
    if (depth > DEEPEST) return `[${name}]`;

    this.begun = depth;
    this.around.push(value);
    const parts = this.partsOf(value, (part) => this.print(part, depth + 1, indentation + 2));
    this.around.pop();
    const numeric = list?.every((item) => typeof item === "number" || typeof item === "bigint") ?? false;
    return layOut(parts, { open, close, indentation, levels: this.begun - depth, isList: list !== undefined, numeric });
  }

  private partsOf(value: object, print: (part: unknown) => string): string[] {
    const list = listOf(value);
    if (list) {
      const left = list.length - MOST_ITEMS;
      const more = left > 0 ? [`... ${left} more item${left > 1 ? "s" : ""}`] : [];
      return [...list.slice(0, MOST_ITEMS).map(print), ...more];
    }
    if (value instanceof Map) return Array.from(value, ([key, each]) => `${print(key)} => ${print(each)}`);
    if (value instanceof Set) return Array.from(value, print);
    const key = (text: string) => (/^[A-Za-z_$][\w$]*$/.test(text) ? text : quoted(text));
    return Object.entries(value).map(([name, each]) => `${key(name)}: ${print(each)}`);
  }
}

function listOf(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return isTypedArray(value) ? Array.from(value) : undefined;
}

function isTypedArray(value: object): value is Iterable<unknown> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function sizeOf(value: object): number {
  if (value instanceof Map || value instanceof Set) return value.size;
  return listOf(value)?.length ?? Object.keys(value).length;
}

function nameOf(value: object): string {
  return Object.getPrototypeOf(value) === null ? "Object: null prototype" : value.constructor.name;
}

function prefixOf(value: object, name: string): string {
  if (name === "Object: null prototype") return `[${name}] `;
  if (Array.isArray(value) || name === "Object") return "";
  const counted = value instanceof Map || value instanceof Set || listOf(value) !== undefined;
  return counted ? `${name}(${sizeOf(value)}) ` : `${name} `;
}

function quoted(text: string): string {
  const quote = ["'", '"', "`"].find((each) => !text.includes(each)) ?? "'";
  const inner = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `${quote}${quote === "'" ? inner.replaceAll("'", "\\'") : inner}${quote}`;
}
