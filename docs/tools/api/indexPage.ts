import type { MarkdownThemeContext } from "typedoc-plugin-markdown";
import type { Api, Page } from "./api.js";
import { type Group, gradientsOf, groupsOf, operatorsOf } from "./groups.js";
import { firstSentence, joined, prose, table } from "./markdown.js";
import { commentOf } from "./members.js";

const LEAD = `# API reference

This page lists every public name. After reading it you know which function, layer or type you need, and where its options are.`;

/** The page that lists all names. */
export function indexPage(api: Api, context: MarkdownThemeContext): string {
  const link = ({ name, model }: Page) => `[${name}](${context.urlTo(model)})`;
  const groupText = (group: Group) => {
    const operators = operatorsOf(group);
    const hasGradients = operators.some((page) => gradientsOf(page, group).length > 0);
    const rows = operators.map((page) => [
      link(page),
      ...(hasGradients ? [gradientsOf(page, group).map(link).join(", ")] : []),
      firstSentence(prose(context, commentOf(page.declaration)?.summary)),
    ]);
    return joined([
      `### ${group.title}`,
      rows.length > 0 ? table(["Name", ...(hasGradients ? ["Gradients"] : []), "What it does"], rows) : "",
      group.types.length > 0 ? `Types: ${group.types.map(link).join(", ")}.` : "",
    ]);
  };
  const sections = api.entries.map((entry) => {
    return joined([`## ${entry.module}`, ...groupsOf(api, entry).map(groupText)]);
  });
  return `${joined([LEAD, ...sections])}\n`;
}
