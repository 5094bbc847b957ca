import { relative } from "node:path";
import { DeclarationReflection, type ProjectReflection, ReferenceReflection, type Reflection } from "typedoc";
import { type Entry, entries, root } from "../entries.js";
import { ExampleImports } from "../exampleImports.js";
import { type Example, examplesOf, type PublicName } from "../publicNames.js";
import { Mentions } from "./mentions.js";

/** The page of a public name. */
export interface Page {
  readonly entry: Entry;
  readonly name: string;
  /** What TypeDoc makes of the export: a declaration, or a reference to that of another entry. */
  readonly model: Reflection;
  readonly declaration: DeclarationReflection;
  readonly isValue: boolean;
  readonly isNodeOnly: boolean;
  /** The source, from the root. */
  readonly source: string;
}

/** All that the pages tell, before it is written. */
export class Api {
  readonly project: ProjectReflection;
  readonly pages: readonly Page[];
  readonly imports: ExampleImports;
  readonly mentions: Mentions;
  readonly #examples = new Map<string, Example[]>();
  readonly #pageOf = new Map<Reflection, Page>();

  constructor(project: ProjectReflection, names: readonly PublicName[]) {
    this.project = project;
    this.imports = new ExampleImports(names);
    for (const example of examplesOf(names)) {
      const key = `${example.entry.name}/${example.name}`;
      this.#examples.set(key, [...(this.#examples.get(key) ?? []), example]);
    }
    this.pages = names.map((name) => this.#page(name));
    for (const page of this.pages) this.#pageOf.set(page.model, page);
    this.mentions = new Mentions(this);
  }

  #page({ entry, name, isValue, isNodeOnly, declarations: [first] }: PublicName): Page {
    const module = this.project.children?.find((child) => child.name === entry.name);
    const model = module?.children?.find((child) => child.name === name);
    const declaration = model instanceof ReferenceReflection ? model.getTargetReflectionDeep() : model;
    if (!first || !model || !(declaration instanceof DeclarationReflection)) {
      throw new Error(`TypeDoc does not know ${entry.name}/${name}`);
    }
    const source = relative(root, first.getSourceFile().fileName);
    return { entry, name, model, declaration, isValue, isNodeOnly, source };
  }

  pageOf(model: Reflection): Page | undefined {
    return this.#pageOf.get(model);
  }

  /** The page of a name in an entry. */
  named(entry: string, name: string): Page | undefined {
    return this.pages.find((page) => page.entry.name === entry && page.name === name);
  }

  /** The examples of a page's own name, or of one of its members. */
  examplesOf({ entry, name }: Page, member?: string): readonly Example[] {
    return this.#examples.get(`${entry.name}/${name}${member === undefined ? "" : `.${member}`}`) ?? [];
  }

  pagesOf(entry: Entry): readonly Page[] {
    return this.pages.filter((page) => page.entry === entry);
  }

  get entries(): readonly Entry[] {
    return entries;
  }
}
