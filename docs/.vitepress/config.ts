import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitepress";
import llmstxt from "vitepress-plugin-llms";
import { emptyHeaders } from "./markdown/emptyHeaders.js";
import { liveBlocks } from "./markdown/liveBlocks.js";
import { memberTables } from "./markdown/memberTables.js";
import { outsideFiles } from "./markdown/outsideFiles.js";
import { nav, sidebar } from "./navigation.js";
import { search } from "./search.js";

/** A convolution's window over an image, as the demo page has it. */
const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 6 6'><path d='M0 0h6v6H0z' fill='%23dfe5ee'/>" +
  "<path d='M1 1h3v3H1z' fill='%236d2fc4'/><path d='M4 4h1v1H4z' fill='%23d6604d'/></svg>";

/** What a link to a heading ends in. */
const slugify = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");

const outside = outsideFiles(fileURLToPath(new URL("../..", import.meta.url)));

/** Plugins of another release of Vite: the types of their options differ. */
function pluginsOf(list: readonly object[]): Plugin[] {
  return list.filter((each): each is Plugin => "name" in each && typeof each.name === "string");
}

/** `npm run docs` serves the site, `npm run build:docs` writes it. See docs/internals/architecture.md. */
export default defineConfig({
  title: "webgpu-cnn",
  description:
    "Convolution and pooling, forward and backward, on WebGPU and WebAssembly: training in the browser and in Node",
  lang: "en",
  head: [["link", { rel: "icon", href: ICON }]],
  srcExclude: ["**/README.md", "tools/**"],
  // The tables of pages and files are the same for all pages. They get a file of their own.
  metaChunk: true,
  // test/docs/site/links.test.ts checks all links, also those to a place within a page.
  ignoreDeadLinks: true,
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    // As GitHub and other viewers of the repository make them.
    anchor: { slugify },
    config: (markdown) => {
      markdown.use(liveBlocks).use(outside.links).use(emptyHeaders).use(memberTables);
    },
  },
  buildEnd: ({ outDir }) => outside.copy(outDir),
  themeConfig: {
    nav,
    sidebar: sidebar(),
    outline: { level: [2, 3], label: "On this page" },
    search: { provider: "local", options: search },
    docFooter: { prev: "Previous", next: "Next" },
  },
  vite: {
    publicDir: fileURLToPath(new URL("cache/public", import.meta.url)),
    plugins: [...pluginsOf(llmstxt({ injectLLMHint: false })), outside.server],
    build: { copyPublicDir: false, chunkSizeWarningLimit: 4000 },
  },
});
