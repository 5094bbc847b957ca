import { type Comment, type DeclarationReflection, ReflectionKind } from "typedoc";

/** The members of a class or a type, by how its page shows them. */
export interface Members {
  /** In a table. */
  readonly rows: readonly DeclarationReflection[];
  /** With a heading of their own. */
  readonly sections: readonly DeclarationReflection[];
  /** Only named: another page describes them. */
  readonly inherited: readonly DeclarationReflection[];
}

export function membersOf(declaration: DeclarationReflection): Members {
  const { type } = declaration;
  const children = declaration.children ?? (type?.type === "reflection" ? type.declaration.children : undefined) ?? [];
  const isClass = declaration.kindOf(ReflectionKind.Class) || children.some((child) => child.signatures);
  const named = children.filter((child) => !child.kindOf(ReflectionKind.Constructor) && !child.name.startsWith("["));
  const inherited = named.filter((child) => isClass && isInherited(child));
  const own = named.filter((child) => !inherited.includes(child));
  const sections = own.filter((child) => child.signatures || (commentOf(child)?.blockTags.length ?? 0) > 0);
  return { rows: own.filter((child) => !sections.includes(child)), sections, inherited };
}

/** The constructor, unless it comes from a class of JavaScript. */
export function creatorOf({ children = [] }: DeclarationReflection): DeclarationReflection | undefined {
  return children.find(
    (child) => child.kindOf(ReflectionKind.Constructor) && (!child.inheritedFrom || commentOf(child)),
  );
}

export function commentOf(member: DeclarationReflection): Comment | undefined {
  return member.comment ?? member.signatures?.[0]?.comment ?? member.getSignature?.comment;
}

/** The member that describes an inherited one: of its class, or of the class that this one extends, and so on. */
export function originOf(member: DeclarationReflection): DeclarationReflection {
  const base = baseOf(member);
  return base && isInherited(member) ? originOf(base) : member;
}

function baseOf({ inheritedFrom, overwrites }: DeclarationReflection): DeclarationReflection | undefined {
  const base = (inheritedFrom ?? overwrites)?.reflection;
  const declaration = base?.isSignature() ? base.parent : base;
  return declaration?.isDeclaration() ? declaration : undefined;
}

/** Whether another class describes it: this one does not have it, or has it without a docstring of its own. */
function isInherited(member: DeclarationReflection): boolean {
  if (member.inheritedFrom) return true;
  const base = baseOf(member);
  if (!base) return false;
  return textOf(member) === textOf(base);
}

/** The text of a docstring with its tags. */
function textOf(member: DeclarationReflection): string {
  const { summary = [], blockTags = [] } = commentOf(member) ?? {};
  return [...summary, ...blockTags.flatMap(({ content }) => content)].map(({ text }) => text).join("");
}
