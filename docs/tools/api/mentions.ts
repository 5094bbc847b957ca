import ts from "typescript";
import type { Example } from "../publicNames.js";
import type { Api, Page } from "./api.js";

/** A function, a class or a member, and the public types in its signature. */
interface Owner {
  readonly page: Page;
  /** Undefined for the function or the class itself. */
  readonly member: string | undefined;
  readonly mentioned: ReadonlySet<Page>;
}

/** An example that belongs to another name. */
export interface Borrowed {
  readonly page: Page;
  readonly member: string | undefined;
  readonly example: Example;
}

/** Knows which names mention which types. */
export class Mentions {
  readonly #api: Api;
  readonly #owners: readonly Owner[];

  constructor(api: Api) {
    this.#api = api;
    this.#owners = api.pages.flatMap((page) => this.#ownersOf(page));
  }

  /** The functions and classes that take or return a type, or have a member that does. */
  usersOf(type: Page): readonly Page[] {
    const users = this.#owners.filter(({ mentioned, page }) => mentioned.has(type) && page.isValue && page !== type);
    return [...new Set(users.map(({ page }) => page))];
  }

  /** The example of the nearest name that mentions a type, directly or in a type of its own. */
  exampleFor(type: Page): Borrowed | undefined {
    const seen = new Set<Page>();
    for (let level: readonly Page[] = [type]; level.length > 0; ) {
      for (const each of level) seen.add(each);
      const owners = this.#owners.filter(({ mentioned }) => level.some((each) => mentioned.has(each)));
      const foreign = ({ page }: Owner) => Number(page.entry !== type.entry);
      for (const { page, member } of [...owners].sort((a, b) => foreign(a) - foreign(b))) {
        const [example] = this.#api.examplesOf(page, member);
        if (example) return { page, member, example };
        const [ofClass] = this.#api.examplesOf(page);
        if (ofClass) return { page, member: undefined, example: ofClass };
      }
      level = [...new Set(owners.map(({ page }) => page))].filter((each) => !seen.has(each));
    }
    return undefined;
  }

  #ownersOf(page: Page): readonly Owner[] {
    return page.declarations.flatMap((declaration) => {
      const hasMembers = ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration);
      const members: readonly ts.Declaration[] = hasMembers ? [...declaration.members] : [];
      const named = members.flatMap((member) => {
        const name = ts.getNameOfDeclaration(member);
        return name && !ts.isPrivateIdentifier(name) ? [{ member, name: name.getText() }] : [];
      });
      const creators = members.filter((member) => ts.isConstructorDeclaration(member));
      const own = hasMembers ? [...(declaration.heritageClauses ?? []), ...creators] : [declaration];
      return [
        { page, member: undefined, mentioned: this.#pagesIn(own, page) },
        ...named.map(({ member, name }) => ({ page, member: name, mentioned: this.#pagesIn([member], page) })),
      ];
    });
  }

  /** The pages of the types that code mentions outside of bodies. */
  #pagesIn(nodes: readonly ts.Node[], { entry }: Page): ReadonlySet<Page> {
    const found = new Set<Page>();
    const visit = (node: ts.Node): void => {
      if (ts.isBlock(node)) return;
      const name = ts.isTypeReferenceNode(node)
        ? node.typeName.getText()
        : ts.isExpressionWithTypeArguments(node)
          ? node.expression.getText()
          : undefined;
      const page = name === undefined ? undefined : this.#api.pageNamed(name, entry);
      if (page) found.add(page);
      ts.forEachChild(node, visit);
    };
    for (const node of nodes) visit(node);
    return found;
  }
}
