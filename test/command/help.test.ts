import { expect, test } from "vitest";
import { readArguments } from "../../src/command/arguments.node.js";
import { TRAIN_USAGE, USAGE, WORKER_USAGE } from "../../src/command/help.js";
import { OPTION_NAMES } from "../../src/command/trainingOptions.js";

test.each([
  ["webgpu-cnn", USAGE],
  ["worker", WORKER_USAGE],
  ["train", TRAIN_USAGE],
])("the help of %s fits a terminal", (_, text) => {
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(text).not.toMatch(/ $/m);
});

test.each([
  ["worker", WORKER_USAGE, "--data a"],
  ["train", TRAIN_USAGE, "--config a"],
])("the help of %s has the options that there are", (command, text, needed) => {
  const names = [...text.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(12);
  expect(new Set(names).size).toBe(names.length);
  // An option that is unknown has its own message. Options that are known may miss their value, or have a wrong one.
  for (const name of names) {
    const message = messageOf(() => readArguments([command, ...needed.split(" "), `--${name}`]));
    expect(message).not.toContain("is not an option");
  }
  const known = messageOf(() => readArguments([command, "--xxxxxxxxxxxxxxxxxx"]));
  const all = [...known.matchAll(/--([a-z-]+)/g)].map(([, name = ""]) => name).slice(1);
  expect([...names, "help"].sort()).toEqual(all.sort());
});

test("the help of train explains each option of a job file, with its default", () => {
  for (const name of OPTION_NAMES) expect(TRAIN_USAGE).toMatch(new RegExp(`^  ${name} +\\S[^(]*\\(default`, "m"));
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}
