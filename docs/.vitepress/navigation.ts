import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DefaultTheme } from "vitepress";

const docs = fileURLToPath(new URL("..", import.meta.url));

/** The pages in the order of reading. A page's title comes from the page. test/docs/site/pages.test.ts finds one that is not here. */
const GROUPS: readonly { readonly text: string; readonly pages: readonly string[] }[] = [
  { text: "Start", pages: ["index", "tutorial"] },
  {
    text: "Training",
    pages: ["training", "data", "own-loop", "own-layer", "recorded-steps", "files"].map((name) => `guides/${name}`),
  },
  { text: "Tasks", pages: ["transfer", "unet", "gan"].map((name) => `guides/${name}`) },
  {
    text: "Where it runs",
    pages: ["backends", "workers", "distributed", "no-bundler", "deno-and-bun", "deployment"].map(
      (name) => `guides/${name}`,
    ),
  },
  {
    text: "What to know",
    pages: ["memory", "numbers", "determinism"].map((name) => `guides/${name}`),
  },
  {
    text: "Other frameworks",
    pages: ["from-keras-and-tfjs", "from-pytorch", "porting", "keras", "onnx", "serving"].map(
      (name) => `guides/${name}`,
    ),
  },
  { text: "Examples", pages: ["examples/index"] },
  { text: "Reference", pages: ["guides/layers", "guides/operators", "api/index", "glossary", "performance"] },
  {
    text: "Internals",
    pages: [
      ...["architecture", "adding-a-kernel", "measuring", "tuning-notes", "licences", "adr/index"],
      ...files("internals/adr")
        .filter((name) => name !== "index")
        .map((name) => `adr/${name}`),
    ].map((name) => `internals/${name}`),
  },
];

export const nav: DefaultTheme.NavItem[] = [
  { text: "Tutorial", link: "/tutorial" },
  { text: "Guides", link: "/guides/training", activeMatch: "^/guides/" },
  { text: "Examples", link: "/examples/" },
  { text: "API", link: "/api/", activeMatch: "^/api/" },
  // Not a page of VitePress: a target makes its router leave the link to the browser.
  { text: "Demo", link: "/demo/index.html", target: "_self" },
];

export function sidebar(): DefaultTheme.SidebarMulti {
  const groups = GROUPS.map(({ text, pages }) => ({
    text,
    collapsed: text === "Internals",
    items: pages
      .filter((page) => existsSync(`${docs}${page}.md`))
      .map((page) => ({ text: titleOf(page), link: linkTo(page) })),
  }));
  return { "/": groups.filter(({ items }) => items.length > 0), ...apiSidebars() };
}

/**
 * The sidebars of the API reference, which docs/tools/api.ts writes. The pages of an entry get the names of this entry alone: a page contains its
 * whole sidebar.
 */
function apiSidebars(): DefaultTheme.SidebarMulti {
  const entries: readonly DefaultTheme.SidebarItem[] = JSON.parse(readFileSync(`${docs}api/sidebar.json`, "utf8"));
  const folderOf = ({ items = [], link }: DefaultTheme.SidebarItem): string | undefined =>
    link === undefined ? items.map(folderOf).find(Boolean) : link.replace(/[^/]*$/, "");
  const others = entries.map(({ text = "", link, items }) => ({
    text,
    link: link ?? `/api/#${text.replace(/[^\w-]/g, "")}`,
    own: items,
  }));
  const listFor = (folder: string) =>
    others.map(({ text, link, own }) => {
      const isOpen = own !== undefined && folderOf({ items: own }) === folder;
      return isOpen ? { text, items: own, collapsed: false } : { text, link };
    });
  return Object.fromEntries(
    entries.map((entry) => folderOf(entry) ?? "/api/").map((folder) => [folder, listFor(folder)]),
  );
}

/** The address of a page. The router knows a folder's index by the folder. */
const linkTo = (page: string) => `/${page.replace(/(^|\/)index$/, "$1")}`;

function files(folder: string): string[] {
  return readdirSync(`${docs}${folder}`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.slice(0, -".md".length))
    .sort();
}

function titleOf(page: string): string {
  const title = /^# (.*)$/m.exec(readFileSync(`${docs}${page}.md`, "utf8"))?.[1];
  if (title === undefined) throw new Error(`${page}.md has no title "# …"`);
  return title.replaceAll("`", "");
}
