import { describe } from "vitest";
import { findNatsServer } from "../../../tools/nats/program.mjs";

/** `describe` for tests that start a NATS server. Where there is none, they are skipped, and the run says it once at its start. */
export const describeWithNats = describe.skipIf("missing" in findNatsServer());
