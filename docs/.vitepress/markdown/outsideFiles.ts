import { createReadStream, existsSync, statSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join, posix, relative } from "node:path";
import type { MarkdownRenderer, Plugin } from "vitepress";

/** Where the site has files of the repository that are not pages. A server sends text as it is, whatever the file's own ending. */
const FOLDER = "files/";
const ENDING = ".txt";

/**
 * Links from pages to files outside of docs/, such as ../../examples/mnist.ts. In the repository they lead to the file. The site gets a copy
 * of each of these files.
 */
export function outsideFiles(root: string) {
  const linked = new Set<string>();

  function links(markdown: MarkdownRenderer): void {
    markdown.core.ruler.push("outside-files", ({ tokens, env }) => {
      const page = relative(root, String(env.path));
      for (const token of tokens.flatMap(({ children }) => children ?? [])) {
        const href = token.type === "link_open" ? token.attrGet("href") : null;
        if (href === null || /^(?:[a-z]+:|#)/.test(href)) continue;
        const top = posix.relative(posix.dirname(page), "docs") || ".";
        if (href.startsWith("/")) {
          // With a target, VitePress leaves it as it is.
          if (token.attrGet("target") !== null) token.attrSet("href", top + href);
          continue;
        }
        const path = posix.join(posix.dirname(page), href.replace(/#.*/, ""));
        if (path.startsWith("docs/") || path.startsWith("..") || path.endsWith(".md")) continue;
        if (!existsSync(join(root, path)) || !statSync(join(root, path)).isFile()) {
          throw new Error(`${page} links to ${path}, which is no file`);
        }
        linked.add(path);
        token.attrSet("href", `${top}/${FOLDER}${path}${ENDING}`);
        // A target makes VitePress's router leave the link to the browser.
        token.attrSet("target", "_self");
      }
    });
  }

  async function copy(folder: string): Promise<void> {
    for (const path of linked) {
      const target = join(folder, FOLDER, path + ENDING);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(join(root, path), target);
    }
  }

  /** Sends the files from where they are. */
  const server: Plugin = {
    name: "outside-files",
    configureServer: ({ middlewares }) => {
      middlewares.use(`/${FOLDER}`, (request, response, next) => {
        const path = decodeURIComponent(request.url ?? "")
          .replace(/^\//, "")
          .replace(/\.txt$/, "");
        if (!linked.has(path)) return next();
        response.setHeader("Content-Type", "text/plain; charset=utf-8");
        createReadStream(join(root, path)).pipe(response);
      });
    },
  };
  return { links, copy, server };
}
