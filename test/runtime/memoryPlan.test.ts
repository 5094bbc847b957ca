import fc from "fast-check";
import { expect, test } from "vitest";
import { type Lifetime, planMemory } from "../../src/runtime/memoryPlan.js";

const lifetime = fc.record({ bytes: fc.integer({ min: 1, max: 100 }), from: fc.nat(20), until: fc.nat(24) });

/** The most bytes that are alive at one time. Every plan needs at least these. */
const leastBytes = (lifetimes: readonly Lifetime[]) =>
  Math.max(
    0,
    ...Array.from({ length: 24 }, (_, step) =>
      lifetimes.filter(({ from, until }) => from <= step && step < until).reduce((sum, { bytes }) => sum + bytes, 0),
    ),
  );

test("buffers that are alive at the same time have separate places of sufficient size", () => {
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 30 }), (lifetimes) => {
      const { placeOf, placeBytes } = planMemory(lifetimes);
      for (const [i, a] of lifetimes.entries()) {
        const place = placeOf[i];
        expect(place === undefined).toBe(a.from >= a.until);
        if (place === undefined) continue;
        expect(placeBytes[place]).toBeGreaterThanOrEqual(a.bytes);
        for (const [j, b] of lifetimes.entries()) {
          const meet = i !== j && b.from < b.until && a.from < b.until && b.from < a.until;
          if (meet) expect(placeOf[j]).not.toBe(place);
        }
      }
      const total = placeBytes.reduce((sum, bytes) => sum + bytes, 0);
      expect(total).toBeGreaterThanOrEqual(leastBytes(lifetimes));
      expect(total).toBeLessThanOrEqual(lifetimes.reduce((sum, { bytes }) => sum + bytes, 0));
    }),
  );
});

test("a chain needs two places, and a buffer that lives to the end needs one more", () => {
  const chain = Array.from({ length: 10 }, (_, i) => ({ bytes: 8, from: i, until: i + 2 }));
  expect(planMemory(chain).placeBytes).toEqual([8, 8]);
  const output = { bytes: 4, from: 3, until: Number.POSITIVE_INFINITY };
  expect(planMemory([...chain, output]).placeBytes).toEqual([8, 8, 4]);
});
