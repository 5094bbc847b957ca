import { writeFileSync } from "node:fs";
import type { Api, Page } from "./api.js";
import { groupsOf } from "./groups.js";

/** Writes the items of the site's sidebar, for VitePress. */
export function writeSidebar(api: Api, path: string): void {
  const item = ({ name, path }: Page) => ({ text: name, link: `/api/${path}` });
  const items = api.entries.map((entry) => ({
    text: entry.module,
    collapsed: true,
    items: groupsOf(api, entry).map(({ title, values, types }) => ({
      text: title,
      collapsed: true,
      items: [...values, ...types].map(item),
    })),
  }));
  const all = [{ text: "API reference", link: "/api/" }, ...items];
  writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
}
