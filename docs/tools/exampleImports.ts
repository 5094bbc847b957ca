import { freeNames } from "./freeNames.js";
import { grouped } from "./grouped.js";
import type { Example, PublicName } from "./publicNames.js";

/** A name that an example needs, and the module that has it. */
interface Needed {
  readonly name: string;
  readonly module: string;
  readonly isValue: boolean;
  readonly isNodeOnly: boolean;
}

/** Finds what examples import. A name that several entries have is the one of the example's own entry, or else the first. */
export class ExampleImports {
  readonly #byName: ReadonlyMap<string, readonly PublicName[]>;

  constructor(names: readonly PublicName[]) {
    this.#byName = grouped(names, ({ name }) => name);
  }

  /** The public names that an example uses. */
  needed({ entry, code }: Pick<Example, "entry" | "code">): readonly Needed[] {
    return [...freeNames(code)].sort().flatMap((name) => {
      const all = this.#byName.get(name) ?? [];
      const found = all.find((each) => each.entry === entry) ?? all[0];
      return found ? [{ name, module: found.entry.module, isValue: found.isValue, isNodeOnly: found.isNodeOnly }] : [];
    });
  }
}

/** Import statements, one for each module. */
export function importStatements(needed: readonly Needed[]): readonly string[] {
  const byModule = new Map<string, Map<string, boolean>>();
  for (const { name, module, isValue } of needed) {
    const names = byModule.get(module) ?? new Map<string, boolean>();
    byModule.set(module, names.set(name, isValue));
  }
  return [...byModule]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, names]) => {
      const list = [...names]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, isValue]) => (isValue ? name : `type ${name}`));
      return `import { ${list.join(", ")} } from "${module}";`;
    });
}
