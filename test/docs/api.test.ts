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
import { type NatsServer, startNatsServer } from "../../tools/nats/server.mjs";
import { describeWithNats } from "../distributed/support/describeWithNats.js";
import { ExampleProgram } from "./support/examplePrograms.js";

const names = readPublicNames();
const pattern = new RegExp(process.env["EXAMPLES"] ?? "");
const examples = examplesOf(names).filter(({ entry, name }) => pattern.test(`${entry.name}/${name}`));
const tested = entries.filter((entry) => examples.some((example) => example.entry === entry));

/** Its examples talk to servers. */
const WITH_NATS = "distributed";

describe.each(tested.map((entry) => ({ entry, ...entry })))("$name", ({ entry }) => {
  const isWithNats = entry.name === WITH_NATS;
  const describeExamples = isWithNats ? describeWithNats : describe;
  describeExamples("the examples", () => {
    const own = examples.filter((example) => example.entry === entry);
    let program: ExampleProgram;
    let nats: NatsServer | undefined;
    beforeAll(async () => {
      if (isWithNats) nats = await startNatsServer();
      program = new ExampleProgram(own, names, nats?.url);
      await program.run();
    });
    afterAll(async () => {
      program?.remove();
      await nats?.stop();
    });

    test("compile in strict mode", () => {
      expect(program.otherTypeErrors).toEqual([]);
    });

    test.each(own.map((example) => ({ example, ...example })))("$name, $place", ({ example }) => {
      expect(program.problemsOf(example)).toEqual([]);
    });
  });
});
