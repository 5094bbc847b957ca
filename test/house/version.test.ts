import { expect, test } from "vitest";
import { VERSION } from "../../src/core/version.js";
import { read } from "./files.js";

test("the version that jobs bear is that of the package", () => {
  const { version }: { readonly version: unknown } = JSON.parse(read("package.json"));
  expect(VERSION).toBe(version);
});
