import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ACTIVATIONS } from "../../../src/nn/activations.js";
import * as nn from "../../../src/nn/index.js";
import { INITIALIZERS } from "../../../src/nn/initializers.js";
import { LOSSES } from "../../../src/nn/losses.js";
import { METRICS } from "../../../src/nn/metrics.js";
import { OPTIMIZERS } from "../../../src/nn/optimizers/byName.js";
import { testGuide } from "../support/guide.js";
import { root } from "../support/pages.js";

const PAGE = "docs/guides/layers.md";
const page = readFileSync(join(root, PAGE), "utf8");

testGuide(PAGE);

test("the tables have every layer, optimizer and schedule, and each links to its own page", () => {
  const linked = [...page.matchAll(/\[`(\w+)(?:\([^`]*\))?`\]\(\.\.\/api\/nn\/(\w+)\.md\)/g)];
  for (const [, name, target] of linked) expect(target).toBe(name);
  const names = new Set(linked.map(([, name]) => name));
  const layers = Object.entries(nn).flatMap(([name, value]) =>
    typeof value === "function" && (value.prototype instanceof nn.Layer || value.prototype instanceof nn.Optimizer)
      ? [name]
      : [],
  );
  expect(layers.length).toBeGreaterThan(25);
  expect(layers.filter((name) => !names.has(name))).toEqual([]);
  for (const schedule of ["cosineDecay", "exponentialDecay", "piecewiseConstant"]) expect(names).toContain(schedule);
});

test("the page has every name of an activation, an initializer, a loss, a metric and an optimizer", () => {
  const known = [
    ...ACTIVATIONS.filter((name) => name !== "none"),
    ...INITIALIZERS,
    ...LOSSES,
    ...METRICS,
    ...OPTIMIZERS,
  ];
  expect(known.filter((name) => !page.includes(`\`"${name}"\``))).toEqual([]);
});
