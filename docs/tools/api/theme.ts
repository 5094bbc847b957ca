import {
  type Application,
  type DeclarationReflection,
  type PageDefinition,
  PageKind,
  ProjectReflection,
  ReferenceReflection,
  type Reflection,
  ReflectionKind,
  type Renderer,
  Slugger,
} from "typedoc";
import { type MarkdownPageEvent, MarkdownTheme, MemberRouter } from "typedoc-plugin-markdown";
import type { Api } from "./api.js";
import { indexPage } from "./indexPage.js";
import { PageWriter } from "./pageWriter.js";

/** A page for each public name, in the folder of its entry. */
export function apiRouter(api: Api): new (app: Application) => MemberRouter {
  return class extends MemberRouter {
    override buildChildPages(reflection: Reflection, pages: PageDefinition[]): void {
      if (reflection.kindOf(ReflectionKind.Module)) {
        this.fullUrls.set(reflection, "index.md");
        reflection.traverse((child) => this.buildChildPages(child, pages));
      } else if (reflection instanceof ReferenceReflection) {
        const url = this.getFileName(this.getIdealBaseName(reflection));
        this.fullUrls.set(reflection, url);
        this.sluggers.set(reflection, new Slugger(this.sluggerConfiguration));
        pages.push({ kind: PageKind.Reflection, model: reflection, url });
      } else {
        super.buildChildPages(reflection, pages);
      }
    }

    override getIdealBaseName(reflection: Reflection): string {
      return api.pageOf(reflection)?.path ?? reflection.name;
    }
  };
}

/** The theme that writes the pages. */
export function apiTheme(api: Api): new (renderer: Renderer) => MarkdownTheme {
  return class extends MarkdownTheme {
    override reflectionTemplate = (event: MarkdownPageEvent<DeclarationReflection>): string => {
      const context = this.getRenderContext(event);
      const model: Reflection = event.model;
      if (model instanceof ProjectReflection) return indexPage(api, context);
      const page = api.pageOf(model);
      if (!page) throw new Error(`${model.getFullName()} is not public`);
      return new PageWriter(api, context, page).text();
    };
  };
}
