import type { MarkdownRenderer } from "vitepress";

/** Tables of parameters, options and properties get a class, for docs/.vitepress/theme/tables.css. */
export function memberTables(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("member-tables", ({ tokens }) => {
    for (const [i, head] of tokens.entries()) {
      // thead, tr, and three tokens for each of the three titles
      if (head.type === "thead_open" && tokens[i + 9]?.content === "Description") head.attrJoin("class", "members");
    }
  });
}
