import type { Api } from "./api.js";
import { commentOf } from "./members.js";

/** The public names without a docstring. */
export function undocumented(api: Api): readonly string[] {
  return api.pages
    .filter(({ declaration }) => !commentOf(declaration))
    .map(({ entry, name, source }) => `${entry.name}/${name} (${source})`);
}
