/**
 * Compiles and runs the examples of all docstrings, and compares the values that they show.
 *
 * EXAMPLES=PATTERN npx vitest run --project node test/docs/api.test.ts
 *
 * runs only those that the regular expression finds in ENTRY/NAME: EXAMPLES='core/(re|conv)', EXAMPLES='nn/Model\.'
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entries } from "../../docs/tools/entries.js";
import { examplesOf, readPublicNames } from "../../docs/tools/publicNames.js";
import { ExampleProgram } from "./support/examplePrograms.js";

const names = readPublicNames();
const pattern = new RegExp(process.env["EXAMPLES"] ?? "");
const examples = examplesOf(names).filter(({ entry, name }) => pattern.test(`${entry.name}/${name}`));
const tested = entries.filter((entry) => examples.some((example) => example.entry === entry));

describe.each(tested)("the examples of $name", (entry) => {
  const own = examples.filter((example) => example.entry === entry);
  let program: ExampleProgram;
  beforeAll(async () => {
    program = new ExampleProgram(own, names);
    await program.run();
  });
  afterAll(() => program?.remove());

  test("compile in strict mode", () => {
    expect(program.otherTypeErrors).toEqual([]);
  });

  test.each(own.map((example) => ({ example, ...example })))("$name, $place", ({ example }) => {
    expect(program.problemsOf(example)).toEqual([]);
  });
});
