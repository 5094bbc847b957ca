import type { DeclarationReflection, SignatureReflection } from "typedoc";
import type { Api, Page } from "./api.js";
import { commentOf, creatorOf, membersOf } from "./members.js";
import { optionsOf } from "./signatureWriter.js";

/** The public names, members and parameters without a docstring. */
export function undocumented(api: Api): readonly string[] {
  return api.pages.flatMap((page) => missingOn(page).map((name) => `${page.entry.name}/${name} (${page.source})`));
}

function missingOn({ name, declaration, model }: Page): readonly string[] {
  // A page of another entry describes it.
  if (model !== declaration) return [];
  const { rows, sections } = membersOf(declaration);
  return [
    ...(hasText(declaration) ? [] : [name]),
    ...parametersOf(declaration.signatures ?? creatorOf(declaration)?.signatures, name),
    ...[...rows, ...sections].flatMap((member) => [
      ...(hasText(member) ? [] : [`${name}.${member.name}`]),
      ...parametersOf(member.signatures, `${name}.${member.name}`),
    ]),
  ];
}

function hasText(declaration: DeclarationReflection): boolean {
  return (commentOf(declaration)?.summary.length ?? 0) > 0;
}

/** Parameters without a sentence. The table of its properties describes an object of options. */
function parametersOf(signatures: readonly SignatureReflection[] | undefined, owner: string): readonly string[] {
  const parameters = (signatures ?? []).flatMap(({ parameters = [] }) => parameters);
  const described = new Set(parameters.filter(({ comment }) => comment).map(({ name }) => name));
  const missing = parameters.filter(({ name, type }) => !described.has(name) && !optionsOf(type));
  return [...new Set(missing.map(({ name }) => `${owner}(${name})`))];
}
