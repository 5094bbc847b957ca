import { Comment, type CommentDisplayPart } from "typedoc";
import type { MarkdownThemeContext } from "typedoc-plugin-markdown";

/** Markdown of parts of a docstring. */
export function prose(context: MarkdownThemeContext, parts: readonly CommentDisplayPart[] | undefined): string {
  const summary = (parts ?? []).map((part) => (part.kind === "text" ? { ...part, text: fenced(part.text) } : part));
  return context.partials.comment(new Comment(summary), { showTags: false }).trim();
}

/** Indented formulas become blocks with fences, in which no character has a meaning. */
function fenced(text: string): string {
  return text.replaceAll(/(?<=^|\n\n)(?: {4}.*(?:\n|$))+/g, (block) => {
    return `\`\`\`text\n${block.trimEnd().replaceAll(/^ {4}/gm, "")}\n\`\`\`\n`;
  });
}

/** The first sentence, in one line. */
export function firstSentence(text: string): string {
  const [paragraph = ""] = text.split(/\n\n|\n```/);
  const line = paragraph.replaceAll("\n", " ");
  return /^.*?\.(?=\s|$)/.exec(line)?.[0] ?? line;
}

export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(headers), line(headers.map(() => "---")), ...rows.map(line)].join("\n");
}

function cell(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll(/(?<!\\)\|/g, "\\|")
    .trim();
}

export function code(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** Blocks with empty lines between them. Empty ones are left out. */
export function joined(blocks: readonly (string | undefined)[]): string {
  return blocks.filter((block) => block !== undefined && block !== "").join("\n\n");
}
