import { expect, test } from "vitest";
import { filesBelow, read } from "./files.js";

/** A page shows what was asked for a moment later, on a busy machine much later. `expect(await …)` reads it once, at a time of nobody's choice. */
test("tests of the page wait for what they expect, by expect.poll", () => {
  const files = filesBelow("test/demo/page", ".test.ts");
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((path) => /expect\(\s*await\b/.test(read(path)))).toEqual([]);
});
