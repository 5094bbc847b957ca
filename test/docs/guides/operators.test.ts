import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as core from "../../../src/index.js";
import { testGuide } from "../support/guide.js";
import { root } from "../support/pages.js";

const PAGE = "docs/guides/operators.md";

/** Functions that are no operators. */
const OTHERS = new Set(["createBackend", "explain"]);

testGuide(PAGE, {
  checks: {
    "One gradient by itself": 'expect([dx.shape, dw.shape, db.shape].join(";"), "8,28,28,3;3,3,3,16;16");',
  },
});

test("the table has every operator and every gradient, and each links to its own page", () => {
  const page = readFileSync(join(root, PAGE), "utf8");
  const linked = [...page.matchAll(/\[`(\w+)(?:\([^`]*\))?`\]\(\.\.\/api\/core\/(\w+)\.md\)/g)];
  for (const [, name, target] of linked) expect(target).toBe(name);
  const functions = Object.entries(core).flatMap(([name, value]) =>
    typeof value === "function" && /^[a-z]/.test(name) && !OTHERS.has(name) ? [name] : [],
  );
  expect(new Set(linked.map(([, name]) => name))).toEqual(new Set(functions));
});
