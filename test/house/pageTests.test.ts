import { expect, test } from "vitest";
import { filesBelow, read } from "./files.js";

/** A page shows what was asked for a moment later, on a busy machine much later. `expect(await …)` reads it once, at a time of nobody's choice. */
test.each(["test/demo/page", "test/docs/site"])(
  "tests of pages in %s wait for what they expect, by expect.poll",
  (folder) => {
    const files = filesBelow(folder, ".test.ts");
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((path) => /expect\(\s*await\b/.test(read(path)))).toEqual([]);
  },
);
