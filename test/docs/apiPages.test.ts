import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entries } from "../../docs/tools/entries.js";
import { examplesOf, readPublicNames } from "../../docs/tools/publicNames.js";
import { root } from "./support/pages.js";

const names = readPublicNames();
const key = ({ entry, name }: { readonly entry: { readonly name: string }; readonly name: string }) =>
  `${entry.name}/${name}`;

const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
const text = (path: string) => readFileSync(join(folder, path), "utf8");
afterAll(() => rmSync(folder, { recursive: true }));

test("every public function, class and constant has an example", () => {
  const found = new Set(examplesOf(names).map(key));
  expect(found.size).toBeGreaterThan(200);
  expect(names.filter((name) => name.isValue && !found.has(key(name))).map(key)).toEqual([]);
});

describe("the pages that TypeDoc writes", () => {
  beforeAll(async () => {
    const program = [join(root, "tools/run.mjs"), join(root, "docs/tools/api.ts"), folder];
    await promisify(execFile)(process.execPath, program, { cwd: root });
  });

  test.each(entries)("there is one for each name of $module, and each has code", ({ name: entry }) => {
    const own = names.filter((each) => each.entry.name === entry);
    const files = readdirSync(join(folder, entry)).sort();
    expect(files.map((file) => `${entry}/${file}`)).toEqual(own.map(({ path }) => `${path}.md`).sort());
    expect(files.filter((file) => !text(`${entry}/${file}`).includes("```ts"))).toEqual([]);
  });

  test("no two files have names that differ in case only", () => {
    for (const { name } of entries) {
      const files = readdirSync(join(folder, name)).map((file) => file.toLowerCase());
      expect(new Set(files).size).toBe(files.length);
    }
  });

  test("each page of a type shows an example, its own or that of a name that takes or gives it", () => {
    const types = names.filter(({ isValue }) => !isValue);
    const showsExample = (page: string) => /^## Example$/m.test(page) || page.includes("await createBackend();");
    expect(types.filter(({ path }) => !showsExample(text(`${path}.md`))).map(key)).toEqual([]);
  });

  test("links lead to pages, and to places that they have", () => {
    const pages = ["index.md", ...names.map(({ path }) => `${path}.md`)];
    const broken = pages.flatMap((page) =>
      [...text(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? page : join(dirname(page), path);
        if (!existsSync(join(folder, target))) return [`${page}: ${link}`];
        if (anchor === undefined) return [];
        const places = [...text(target).matchAll(/\{#([^}]+)\}|<a id="([^"]+)">/g)].map(([, a, b]) => a ?? b);
        return places.includes(anchor) ? [] : [`${page}: ${link}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  test("the index and the sidebar name them all", () => {
    const sidebar = text("sidebar.json");
    const index = text("index.md");
    const isMissing = ({ path }: { readonly path: string }) =>
      !sidebar.includes(`"link": "/api/${path}"`) || !index.includes(`](${path}.md)`);
    expect(names.filter(isMissing).map(key)).toEqual([]);
  });
});
