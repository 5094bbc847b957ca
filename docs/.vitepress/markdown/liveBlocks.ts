import { transformSync } from "esbuild";
import type { MarkdownRenderer } from "vitepress";

const isLive = (token: { readonly type: string; readonly info: string } | undefined) =>
  token?.type === "fence" && /^ts live\b/.test(token.info);

/**
 * A block of code that begins with "ts live" in its first line becomes the component LiveBlock. It gets the code, the same code as JavaScript,
 * and in its slot what VitePress makes of the block.
 */
export function liveBlocks(markdown: MarkdownRenderer): void {
  const { fence } = markdown.renderer.rules;
  if (!fence) throw new Error("VitePress renders no blocks of code");
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    const rendered = fence(tokens, index, ...rest);
    if (token?.info === "text" && isLive(tokens[index - 1]))
      return rendered.replace(">text</span>", ">expected output</span>");
    if (!token || !isLive(token)) return rendered;
    const { escapeHtml } = markdown.utils;
    const { code } = transformSync(token.content, { loader: "ts", format: "esm", target: "es2022" });
    return `<LiveBlock source="${escapeHtml(token.content)}" program="${escapeHtml(code)}">${rendered}</LiveBlock>`;
  };
}
