import {
  type Comment,
  DeclarationReflection,
  type ParameterReflection,
  ReflectionKind,
  type SignatureReflection,
  type SomeType,
} from "typedoc";
import type { MarkdownThemeContext } from "typedoc-plugin-markdown";
import type { Entry } from "../entries.js";
import type { Api } from "./api.js";
import { joined, prose, table } from "./markdown.js";
import { commentOf } from "./members.js";

/** Writes signatures: code, parameters, options, results and errors. */
export class SignatureWriter {
  readonly #api: Api;
  readonly #entry: Entry;
  readonly #context: MarkdownThemeContext;

  constructor(api: Api, context: MarkdownThemeContext, entry: Entry) {
    this.#api = api;
    this.#entry = entry;
    this.#context = context;
  }

  code(signatures: readonly SignatureReflection[]): string {
    return signatures
      .map((signature) => this.#context.partials.signatureTitle(signature))
      .map((block) => block.replace(/^```ts\n/, "").replace(/\n```$/, ""))
      .map((text) =>
        text
          .replaceAll(/ +$/gm, "")
          .replaceAll(/^ {3}/gm, "  ")
          .replaceAll(/<ArrayBuffer(Like)?>/g, ""),
      )
      .join("\n");
  }

  /** What comes after the code. Overloads share their parameters and errors. */
  body(signatures: readonly SignatureReflection[], level: number): readonly string[] {
    const parameters = new Map<string, ParameterReflection>();
    for (const signature of signatures) {
      for (const parameter of signature.parameters ?? []) {
        if (!parameters.has(parameter.name)) parameters.set(parameter.name, parameter);
      }
    }
    const list = [...parameters.values()];
    const commented = signatures.find(({ comment }) => comment);
    return [
      ...(list.length > 0 ? [this.#heading(level, "Parameters"), this.#parameters(list)] : []),
      ...list.flatMap((parameter) => this.#options(parameter, level)),
      ...this.#returns(commented ?? signatures[0], level),
      ...this.errors(commented?.comment, level),
    ];
  }

  /** Within the section of a member, it is no heading: the outline of a page lists its members. */
  #heading(level: number, text: string): string {
    return level > 2 ? `**${text}**` : `${"#".repeat(level)} ${text}`;
  }

  #type(type: SomeType | undefined): string {
    return this.#context.partials
      .someType(type, { forceCollapse: true })
      .trim()
      .replaceAll(/(^|\\<|\()\s*\\?\|\s+/g, "$1")
      .replaceAll(/\\<`ArrayBuffer(Like)?`\\>/g, "");
  }

  /** A type in a table. It has "or" for a bar: bars end cells, and the pages for language models lose the escapes. */
  #typeInCell(type: SomeType | undefined): string {
    return this.#type(type).replaceAll(/\s*\\?\|\s*/g, " or ");
  }

  #parameters(parameters: readonly ParameterReflection[]): string {
    const rows = parameters.map(({ name, flags, defaultValue, type, comment }) => [
      `\`${flags.isRest ? "..." : ""}${name}${flags.isOptional || defaultValue !== undefined ? "?" : ""}\``,
      this.#typeInCell(type),
      joined([prose(this.#context, comment?.summary), this.#default(defaultValue)]),
    ]);
    return table(["Parameter", "Type", "Description"], rows);
  }

  #default(value: string | undefined): string {
    return value === undefined || value === "{}" || value === "..." ? "" : `\`${value}\` if left out.`;
  }

  /** The options that a parameter takes, one row for each. */
  #options(parameter: ParameterReflection, level: number): readonly string[] {
    const options = optionsOf(parameter.type);
    if (!options) return [];
    const link = `[${options.name}](${this.#context.urlTo(options)})`;
    const title = parameter.name === "options" ? "Options" : `Properties of \`${parameter.name}\``;
    return [this.#heading(level, title), `The type is ${link}.`, this.properties(options.children ?? [], false)];
  }

  properties(members: readonly DeclarationReflection[], hasAnchors = true): string {
    const rows = members.map((member) => {
      const { name, flags, setSignature, getSignature } = member;
      const anchor = hasAnchors ? this.#context.router.getAnchor(member) : undefined;
      const description = prose(this.#context, commentOf(member)?.summary);
      return [
        `${anchor === undefined ? "" : `<a id="${anchor}"></a>`}\`${name}${flags.isOptional ? "?" : ""}\``,
        this.#typeInCell(withoutUndefined(member.type ?? getSignature?.type)),
        setSignature ? `${description} It can be set.` : description,
      ];
    });
    return table(["Name", "Type", "Description"], rows);
  }

  #returns(signature: SignatureReflection | undefined, level: number): readonly string[] {
    if (!signature || signature.kindOf(ReflectionKind.ConstructorSignature)) return [];
    const type = this.#type(signature.type);
    const text = prose(this.#context, signature.comment?.getTag("@returns")?.content);
    if (text === "" && ["`void`", "`Promise`\\<`void`\\>"].includes(type)) return [];
    return [this.#heading(level, "Returns"), text === "" ? type : `${type}: ${text}`];
  }

  /** The errors of a docstring, as a list with links. */
  errors(comment: Comment | undefined, level: number): readonly string[] {
    const texts = comment?.getTags("@throws").map(({ content }) => prose(this.#context, content)) ?? [];
    if (texts.length === 0) return [];
    const rejects = texts.some((text) => text.startsWith("(rejects with)"));
    const items = texts
      .flatMap((text) => text.replace(/^\(rejects with\)\s*/, "").split(/;\s+/))
      .map((item) => `- ${this.#withLinks(item.replaceAll(/\s*\n\s*/g, " "))}`);
    const lead = rejects ? "The promise rejects with:" : "It throws:";
    return [this.#heading(level, "Errors"), `${lead}\n\n${items.join("\n")}`];
  }

  #withLinks(text: string): string {
    return text.replaceAll(/(?<![`[\w])[A-Z]\w*Error\b/g, (name) => {
      const page = this.#api.pageNamed(name, this.#entry);
      return page ? `[${name}](${this.#context.urlTo(page.model)})` : name;
    });
  }
}

/** The type without `undefined`: an option that may be left out says that by its question mark. */
function withoutUndefined(type: SomeType | undefined): SomeType | undefined {
  if (type?.type !== "union") return type;
  const rest = type.types.filter((each) => each.toString() !== "undefined");
  const [only] = rest;
  if (rest.length === 1) return only;
  return rest.length < type.types.length ? Object.assign(Object.create(type), { types: rest }) : type;
}

/** The public interface of a parameter that has properties only, as options have. */
export function optionsOf(type: SomeType | undefined): DeclarationReflection | undefined {
  const given = withoutUndefined(type);
  if (given?.type === "intersection") return given.types.map(optionsOf).find(Boolean);
  const target = given?.type === "reference" ? given.reflection : undefined;
  if (!(target instanceof DeclarationReflection) || !target.kindOf(ReflectionKind.Interface)) return undefined;
  const { children = [] } = target;
  return children.length > 0 && children.every((child) => child.kindOf(ReflectionKind.Property)) ? target : undefined;
}
