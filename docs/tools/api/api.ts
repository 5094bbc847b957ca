import { relative } from "node:path";
import { DeclarationReflection, type ProjectReflection, ReferenceReflection, type Reflection } from "typedoc";
import { type Entry, entries, root } from "../entries.js";
import { ExampleImports } from "../exampleImports.js";
import { grouped } from "../grouped.js";
import { type Example, examplesOf, type PublicName } from "../publicNames.js";
import { Mentions } from "./mentions.js";

/** The page of a public name. */
export interface Page extends PublicName {
  /** What TypeDoc makes of the export: a declaration, or a reference to that of another entry. */
  readonly model: Reflection;
  readonly declaration: DeclarationReflection;
  /** The source, from the root. */
  readonly source: string;
}

/** All that the pages tell, before it is written. */
export class Api {
  readonly project: ProjectReflection;
  readonly pages: readonly Page[];
  readonly imports: ExampleImports;
  readonly mentions: Mentions;
  readonly #examples: ReadonlyMap<string, readonly Example[]>;
  readonly #pagesNamed: ReadonlyMap<string, readonly Page[]>;
  readonly #pageOf = new Map<Reflection, Page>();

  constructor(project: ProjectReflection, names: readonly PublicName[]) {
    this.project = project;
    this.imports = new ExampleImports(names);
    this.#examples = grouped(examplesOf(names), ({ entry, name }) => `${entry.name}/${name}`);
    this.pages = names.map((name) => this.#page(name));
    for (const page of this.pages) this.#pageOf.set(page.model, page);
    this.#pagesNamed = grouped(this.pages, ({ name }) => name);
    this.mentions = new Mentions(this);
  }

  #page(publicName: PublicName): Page {
    const {
      entry,
      name,
      declarations: [first],
    } = publicName;
    const module = this.project.children?.find((child) => child.name === entry.name);
    const model = module?.children?.find((child) => child.name === name);
    const declaration = model instanceof ReferenceReflection ? model.getTargetReflectionDeep() : model;
    if (!first || !model || !(declaration instanceof DeclarationReflection)) {
      throw new Error(`TypeDoc does not know ${entry.name}/${name}`);
    }
    const source = relative(root, first.getSourceFile().fileName);
    return { ...publicName, model, declaration, source };
  }

  pageOf(model: Reflection): Page | undefined {
    return this.#pageOf.get(model);
  }

  /** The page of a name that an entry knows: its own, or else the first. */
  pageNamed(name: string, entry: Entry): Page | undefined {
    const pages = this.#pagesNamed.get(name) ?? [];
    return pages.find((page) => page.entry === entry) ?? pages[0];
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
