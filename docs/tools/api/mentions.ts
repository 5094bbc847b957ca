import {
  type DeclarationReflection,
  makeRecursiveVisitor,
  type Reflection,
  ReflectionKind,
  type SignatureReflection,
  type SomeType,
} from "typedoc";
import type { Example } from "../publicNames.js";
import type { Api, Page } from "./api.js";

/** A function, a class or a member, and the public names in its signature. */
interface Owner {
  readonly page: Page;
  /** Undefined for the function or the class itself. */
  readonly member: string | undefined;
  readonly mentioned: ReadonlySet<Reflection>;
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
    this.#owners = api.pages.flatMap((page) => ownersOf(page));
  }

  /** The functions and classes that take or return a type, or have a member that does. */
  usersOf(type: Page): readonly Page[] {
    const users = this.#owners.filter(({ mentioned, page }) => mentioned.has(type.declaration) && page.isValue);
    return [...new Set(users.map(({ page }) => page))].filter(({ declaration }) => declaration !== type.declaration);
  }

  /** The example of the nearest name that mentions a type, directly or in a type of its own. */
  exampleFor(type: Page): Borrowed | undefined {
    const seen = new Set<Reflection>();
    for (let level: readonly Reflection[] = [type.declaration]; level.length > 0; ) {
      for (const each of level) seen.add(each);
      const owners = this.#owners.filter(({ mentioned }) => level.some((each) => mentioned.has(each)));
      const own = (owner: Owner) => Number(owner.page.entry !== type.entry);
      for (const { page, member } of [...owners].sort((a, b) => own(a) - own(b))) {
        const [example] = this.#api.examplesOf(page, member);
        if (example) return { page, member, example };
        const [ofClass] = this.#api.examplesOf(page);
        if (ofClass) return { page, member: undefined, example: ofClass };
      }
      level = [...new Set(owners.map(({ page }) => page.declaration))].filter((each) => !seen.has(each));
    }
    return undefined;
  }
}

function ownersOf(page: Page): readonly Owner[] {
  const { declaration } = page;
  const members = (declaration.children ?? []).filter(({ inheritedFrom }) => inheritedFrom === undefined);
  const own = new Set<Reflection>();
  const isClass = declaration.kindOf(ReflectionKind.Class);
  for (const child of members) {
    if (!isClass || child.kindOf(ReflectionKind.Constructor)) addDeclaration(child, own);
  }
  addSignatures(declaration.signatures, own);
  addType(declaration.type, own);
  for (const each of declaration.extendedTypes ?? []) addType(each, own);
  return [
    { page, member: undefined, mentioned: own },
    ...members.map((child) => {
      const mentioned = new Set<Reflection>();
      addDeclaration(child, mentioned);
      return { page, member: child.name, mentioned };
    }),
  ];
}

function addDeclaration(declaration: DeclarationReflection, into: Set<Reflection>): void {
  addType(declaration.type, into);
  addSignatures(declaration.signatures, into);
  addSignatures(declaration.getSignature && [declaration.getSignature], into);
  for (const child of declaration.children ?? []) addDeclaration(child, into);
  for (const signature of declaration.indexSignatures ?? []) addType(signature.type, into);
}

function addSignatures(signatures: readonly SignatureReflection[] | undefined, into: Set<Reflection>): void {
  for (const signature of signatures ?? []) {
    for (const parameter of signature.parameters ?? []) addType(parameter.type, into);
    for (const parameter of signature.typeParameters ?? []) addType(parameter.type, into);
    addType(signature.type, into);
  }
}

function addType(type: SomeType | undefined, into: Set<Reflection>): void {
  type?.visit(
    makeRecursiveVisitor({
      reference: ({ reflection }) => {
        if (reflection) into.add(reflection);
      },
      reflection: ({ declaration }) => addDeclaration(declaration, into),
    }),
  );
}
