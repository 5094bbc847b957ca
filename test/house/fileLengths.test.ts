import { expect, test } from "vitest";
import { filesBelow, read } from "./files.js";

const MOST_LINES = 400;

test.each(["src", "shaders", "test", "bench", "demo", "docs/tools", "docs/.vitepress/live", "docs/.vitepress/theme"])(
  `no file of %s has more than ${MOST_LINES} lines`,
  (folder) => {
    const files = [".ts", ".tsx", ".wgsl", ".css", ".html"].flatMap((ending) => filesBelow(folder, ending));
    const own = files.filter((path) => !path.includes("/node_modules/"));
    expect(own).not.toEqual([]);
    const long = own.map((path) => [path, read(path).trimEnd().split("\n").length] as const);
    expect(long.filter(([, lines]) => lines > MOST_LINES)).toEqual([]);
  },
);
