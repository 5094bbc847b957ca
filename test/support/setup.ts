import { afterAll, afterEach } from "vitest";
import { uncapturedErrors } from "./uncapturedErrors.js";

// No read reports an error outside every error scope. Here such an error fails its test, or else the file.
afterEach(expectNone);
afterAll(expectNone);

async function expectNone(): Promise<void> {
  const errors = await uncapturedErrors();
  if (errors.length > 0) throw new Error(`a device reported errors outside every scope: ${errors.join("; ")}`);
}
