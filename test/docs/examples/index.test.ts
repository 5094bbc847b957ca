import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadImage } from "@napi-rs/canvas";
import { describe, expect, test } from "vitest";
import { root } from "../support/pages.js";

const page = readFileSync(join(root, "docs/examples/index.md"), "utf8");
const rows = [...page.matchAll(/^\| \[(\w[\w-]*)\]\(.*\|$/gm)].map(([row, name = ""]) => ({ name, row }));

/** The names of the examples that `npm run example` runs. */
const examples = readdirSync(join(root, "examples"), { withFileTypes: true }).flatMap((entry) => {
  if (entry.isDirectory()) return existsSync(join(root, "examples", entry.name, "main.ts")) ? [entry.name] : [];
  return entry.name.endsWith(".ts") && entry.name !== "main.ts" ? [entry.name.slice(0, -3)] : [];
});

test("each example has a row in the table, with six cells and its command", () => {
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(examples));
  for (const { name, row } of rows) {
    const cells = row.split("|").slice(1, -1);
    expect(cells, name).toHaveLength(6);
    for (const cell of cells) expect(cell.trim(), name).not.toBe("");
    if (examples.includes(name)) expect(cells[5]).toContain(`\`npm run example -- ${name}`);
  }
});

test("each command of the page runs an example that exists", () => {
  const commands = [...page.matchAll(/npm run example -- ([\w-]+)/g)].map(([, name]) => name);
  expect(commands.length).toBeGreaterThan(4);
  for (const name of commands) expect(examples).toContain(name);
});

const pictures = [...page.matchAll(/!\[([^\]]+)\]\(\.\.\/(images\/examples\/[\w-]+\.png)\)/g)];

describe.each(pictures.map(([, text = "", file = ""]) => ({ text, file })))("$file", ({ text, file }) => {
  test("is a PNG of at most 100 KB, with a text that says what it shows", async () => {
    const bytes = readFileSync(join(root, "docs", file));
    expect(bytes.length).toBeLessThanOrEqual(100_000);
    const { width, height } = await loadImage(bytes);
    expect(Math.min(width, height)).toBeGreaterThan(100);
    expect(text.length).toBeGreaterThan(20);
  });
});

test("the page has a picture for each example that trains", () => {
  expect(pictures.length).toBeGreaterThan(2);
});
