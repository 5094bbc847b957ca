import { afterAll, afterEach } from "vitest";
import { uncapturedErrors } from "./uncapturedErrors.js";

// What a device reports outside every error scope is told to no read: here it fails the test in which it came up, or else the file.
afterEach(expectNone);
afterAll(expectNone);

async function expectNone(): Promise<void> {
  const errors = await uncapturedErrors();
  if (errors.length > 0) throw new Error(`a device reported errors outside every scope: ${errors.join("; ")}`);
}
