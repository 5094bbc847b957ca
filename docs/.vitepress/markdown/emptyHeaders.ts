import type { MarkdownRenderer } from "vitepress";

/** The corner of a table with titles in its rows and columns is empty. An empty cell is no title. */
export function emptyHeaders(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("empty-headers", ({ tokens }) => {
    for (const [i, open] of tokens.entries()) {
      const [inline, close] = tokens.slice(i + 1, i + 3);
      if (open.type !== "th_open" || inline?.content !== "" || close?.type !== "th_close") continue;
      open.tag = "td";
      close.tag = "td";
    }
  });
}
