import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { CASES } from "../../engines/cases.js";
import { digestsOf } from "../../engines/digests.js";

/** Room for the outputs and workspaces of small cases. */
const FREE_ELEMENTS = 2 ** 14;
const MOST_ELEMENTS = 2 ** 22;

// Without threads, the memory of a backend begins at address 0. With threads, their data comes first. A kernel that takes
// an address for a number, or 0 for "none", gives other values there.
describe("tensors at the lowest addresses", () => {
  let [lowest, elsewhere]: readonly (Backend | undefined)[] = [];
  beforeAll(async () => {
    lowest = await createBackend({ kind: "wasm", threads: 1 });
    elsewhere = await createBackend({ kind: "wasm", threads: 2 });
    // The smallest gap that is large enough is used first. So the rest of the memory must be larger than the room.
    lowest.zeros([MOST_ELEMENTS]).dispose();
  });
  afterAll(() => {
    lowest?.destroy();
    elsewhere?.destroy();
  });

  test.each(CASES)("$name gives the same bits there", async (each) => {
    if (!lowest || !elsewhere) throw new Error("both backends are open");
    const expected = await digestsOf(elsewhere, each);
    for (const first of Object.keys(each.shapes)) {
      expect([first, await digestsOf(lowest, each, { first })]).toEqual([first, expected]);
    }
    expect(["results", await digestsOf(lowest, each, { freeElements: FREE_ELEMENTS })]).toEqual(["results", expected]);
    expect(lowest.memory().liveBytes).toBe(0);
  });
});
