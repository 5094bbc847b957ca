/** The tools that read, run and show the examples of docstrings. */

import { describe, expect, test } from "vitest";
import { entries } from "../../docs/tools/entries.js";
import { ExampleImports, importStatements } from "../../docs/tools/exampleImports.js";
import { freeNames } from "../../docs/tools/freeNames.js";
import type { Example, PublicName } from "../../docs/tools/publicNames.js";
import { shownValues } from "../../docs/tools/shownValues.js";
import { existing } from "../../src/core/objects.js";
import { ExampleProgram } from "./support/examplePrograms.js";

const core = existing(entries.find(({ name }) => name === "core"));
const nn = existing(entries.find(({ name }) => name === "nn"));
const publicName = (entry: typeof core, name: string, isValue = true): PublicName => {
  return { entry, name, path: `${entry.name}/${name}`, isValue, isNodeOnly: false, declarations: [] };
};

describe("values that comments tell", () => {
  test.each([
    ["await y.read(); // [1, -2.5]", "await y.read()", "[1, -2.5]", false],
    ["f(x); // ≈ [0.33]", "f(x)", "[0.33]", true],
    ['console.log(x.kind); // "wasm"', "x.kind", '"wasm"', false],
    ["const y = f(x); // { a: NaN }", "y", "{ a: NaN }", false],
    ["f(x); // [[1],\n// [2]]", "f(x)", "[[1], [2]]", false],
  ])("%j", (code, expression, value, isRounded) => {
    expect(shownValues(code)).toMatchObject([{ expression, value: value.trim(), isRounded }]);
  });

  test("a comment behind a declaration may be words, one behind an expression may not", () => {
    expect(shownValues("const y = f(x); // not yet computed")).toEqual([]);
    expect(() => shownValues("f(x); // computes it")).toThrow("line 1: expected a value");
    expect(() => shownValues("const { a } = f(x); // 3")).toThrow("several names");
  });
});

test("free names are those that the code does not declare, members left out", () => {
  const code = "const { a, b: c } = f(x.y);\nclass D extends E<F> { g(h: I) { return { j: h, k }; } }";
  expect([...freeNames(code)].sort()).toEqual(["E", "F", "I", "f", "k", "x"]);
});

test("a name comes from the example's own entry, or else from the first that has it", () => {
  const names = [publicName(core, "relu"), publicName(core, "Dataset", false), publicName(nn, "Dataset", false)];
  const needed = new ExampleImports(names).needed({ entry: nn, code: "relu(x as Dataset)" });
  expect(importStatements(needed)).toEqual([
    'import { relu } from "webgpu-cnn";',
    'import { type Dataset } from "webgpu-cnn/nn";',
  ]);
});

test("an example that is wrong is reported: its types, its values, its errors, and values that it never came to", async () => {
  const example = (code: string): Example => ({ entry: core, name: "relu", code, place: "here" });
  const examples = [
    "const x = backend.tensor([-1, 0.1]);\nawait relu(x).read(); // [0, 0.1]",
    "await relu(backend.tensor([-1, 2])).read(); // [0, 3]",
    "await relu(backend.tensor([3])).read(); // ≈ [3.02]\nawait relu(backend.tensor([3])).read(); // ≈ [3.2]",
    'relu("x");',
    "if (backend.kind === 'cpu') {\n  backend.kind; // \"cpu\"\n}",
  ].map(example);
  const program = new ExampleProgram(examples, [publicName(core, "relu")]);
  try {
    await program.run();
    const [right, wrong, rounded, refused, skipped] = examples.map((each) => program.problemsOf(each));
    expect(right).toEqual([]);
    expect(wrong).toEqual(["line 1: [0, 2], but it shows [0, 3]"]);
    expect(rounded).toEqual(["line 2: [3], but it shows ≈ [3.2]"]);
    expect(refused?.[0]).toContain("line 1: error TS2345");
    expect(refused?.[1]).toContain("OptionError: relu: x must be a Tensor");
    expect(skipped).toEqual(["line 2: it never came to this value"]);
    expect(program.otherTypeErrors).toEqual([]);
  } finally {
    program.remove();
  }
});
