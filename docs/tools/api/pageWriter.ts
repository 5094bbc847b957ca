import { type DeclarationReflection, ReflectionKind, type SignatureReflection } from "typedoc";
import type { MarkdownThemeContext } from "typedoc-plugin-markdown";
import type { Api, Page } from "./api.js";
import { exampleBlock } from "./exampleBlock.js";
import { code, firstSentence, joined, prose, table } from "./markdown.js";
import { commentOf, creatorOf, membersOf, originOf } from "./members.js";
import { SignatureWriter } from "./signatureWriter.js";

const MOST_USERS = 12;

/** Writes the page of a public name. */
export class PageWriter {
  readonly #api: Api;
  readonly #context: MarkdownThemeContext;
  readonly #page: Page;
  readonly #signatures: SignatureWriter;

  constructor(api: Api, context: MarkdownThemeContext, page: Page) {
    this.#api = api;
    this.#context = context;
    this.#page = page;
    this.#signatures = new SignatureWriter(api, context, page.entry);
  }

  text(): string {
    const { declaration, name } = this.#page;
    const comment = declaration.comment ?? declaration.signatures?.[0]?.comment;
    return `${joined([
      `# ${name}`,
      prose(this.#context, comment?.summary),
      code("ts", joined([this.#import(), this.#definition()])),
      this.#page.isNodeOnly ? "It exists in Node only." : undefined,
      ...this.#body(),
      ...(this.#page.isValue ? [...this.#examples(), ...this.#members()] : [...this.#members(), ...this.#examples()]),
    ])}\n`;
  }

  #import(): string {
    const { entry, name, isValue } = this.#page;
    return `import ${isValue ? "" : "type "}{ ${name} } from "${entry.module}";`;
  }

  /** The definition as code. */
  #definition(): string {
    const { declaration } = this.#page;
    const { signatures, extendedTypes = [], typeParameters = [] } = declaration;
    if (signatures) return this.#signatures.code(signatures);
    if (declaration.kindOf(ReflectionKind.ClassOrInterface)) {
      const keyword = declaration.kindOf(ReflectionKind.Class) ? "class" : "interface";
      const parameters = typeParameters.map(({ name, type, default: usual }) => {
        return `${name}${type ? ` extends ${type}` : ""}${usual ? ` = ${usual}` : ""}`;
      });
      const generic = parameters.length > 0 ? `<${parameters.join(", ")}>` : "";
      const parents = extendedTypes.length > 0 ? ` extends ${extendedTypes.join(", ")}` : "";
      const isPlain = keyword === "interface" && generic + parents === "";
      return isPlain ? "" : `${keyword} ${this.#page.name}${generic}${parents}`;
    }
    return withoutFence(this.#context.partials.declarationTitle(declaration));
  }

  /** What a function or a constructor takes and gives. */
  #body(): readonly string[] {
    const { declaration } = this.#page;
    if (declaration.signatures) return this.#signatures.body(declaration.signatures, 2);
    const { type } = declaration;
    if (type?.type === "reflection" && type.declaration.signatures) {
      return this.#signatures.body(type.declaration.signatures, 2);
    }
    const creator = creatorOf(declaration);
    if (!creator?.signatures) return [];
    return [
      "## Constructor",
      prose(this.#context, creator.signatures[0]?.comment?.summary),
      code("ts", this.#signatures.code(creator.signatures)),
      ...this.#signatures.body(creator.signatures, 3),
    ];
  }

  #examples(): readonly string[] {
    const own = this.#api.examplesOf(this.#page);
    if (own.length > 0) {
      return ["## Example", ...own.map((example) => exampleBlock(this.#api, example))];
    }
    if (this.#page.isValue) return [];
    const users = this.#api.mentions.usersOf(this.#page);
    const list = users.slice(0, MOST_USERS).map((page) => this.#link(page));
    const usage = users.length > MOST_USERS ? `${list.join(", ")} and others` : list.join(", ");
    const hasOwn = this.#page.declaration.children?.some(
      ({ name }) => this.#api.examplesOf(this.#page, name).length > 0,
    );
    const borrowed = hasOwn ? undefined : this.#api.mentions.exampleFor(this.#page);
    return [
      users.length > 0 ? `## Used by\n\n${usage}` : "",
      ...(borrowed
        ? [
            "## Example",
            `From ${this.#link(borrowed.page, borrowed.member)}:`,
            exampleBlock(this.#api, borrowed.example),
          ]
        : []),
    ];
  }

  #link({ model, name, declaration }: Page, member?: string): string {
    const target = member === undefined ? model : (declaration.getChildByName([member]) ?? model);
    return `[${member === undefined ? name : `${name}.${member}`}](${this.#context.urlTo(target)})`;
  }

  #members(): readonly string[] {
    const { declaration } = this.#page;
    const parts = membersOf(declaration);
    return [
      ...(parts.rows.length > 0 ? ["## Properties", this.#signatures.properties(parts.rows)] : []),
      ...parts.sections.flatMap((member) => this.#member(member)),
      ...(parts.inherited.length > 0 ? ["## Inherited", this.#inherited(parts.inherited)] : []),
    ];
  }

  #member(member: DeclarationReflection): readonly string[] {
    const { getSignature, name, setSignature } = member;
    const signatures: readonly SignatureReflection[] = member.signatures ?? (getSignature ? [getSignature] : []);
    const comment = member.comment ?? signatures[0]?.comment;
    const isCall = member.signatures !== undefined;
    const anchor = this.#context.router.getAnchor(member) ?? name;
    const title =
      isCall || !getSignature ? undefined : `${setSignature ? "" : "readonly "}${name}: ${getSignature.type}`;
    return [
      `## ${name}${isCall ? "()" : ""} {#${anchor}}`,
      prose(this.#context, comment?.summary),
      code(
        "ts",
        title ??
          (isCall ? this.#signatures.code(signatures) : withoutFence(this.#context.partials.declarationTitle(member))),
      ),
      ...(isCall ? this.#signatures.body(signatures, 3) : this.#signatures.errors(comment, 3)),
      ...this.#api.examplesOf(this.#page, name).map((example) => exampleBlock(this.#api, example)),
    ];
  }

  #inherited(members: readonly DeclarationReflection[]): string {
    const byOwner = new Map<string, (readonly string[])[]>();
    for (const member of members) {
      const { name, signatures } = member;
      const origin = originOf(member);
      const owner = origin.parent;
      const page = owner && this.#api.pageOf(owner);
      const title = page ? this.#link(page) : (owner?.name ?? "its parent");
      const text = `\`${name}${signatures ? "()" : ""}\``;
      const link = this.#context.router.hasUrl(origin) ? `[${text}](${this.#context.urlTo(origin)})` : text;
      const sentence = firstSentence(prose(this.#context, commentOf(member)?.summary));
      byOwner.set(title, [...(byOwner.get(title) ?? []), [link, sentence]]);
    }
    const tables = [...byOwner].map(([owner, rows]) => [`From ${owner}:`, table(["Name", "What it does"], rows)]);
    return joined(tables.flat());
  }
}

function withoutFence(block: string): string {
  return block.replace(/^```ts\n/, "").replace(/\n```$/, "");
}
