import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rounds, type RoundsOptions } from "../../src/distributed/rounds.js";
import { epochOrder } from "../../src/io/batches.js";

const options: fc.Arbitrary<RoundsOptions> = fc.record({
  examples: fc.integer({ min: 1, max: 60 }),
  batchSize: fc.integer({ min: 1, max: 20 }),
  replicas: fc.integer({ min: 1, max: 9 }),
  localSteps: fc.integer({ min: 1, max: 5 }),
  epochs: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
  shuffle: fc.boolean(),
  dropLast: fc.boolean(),
  firstEpoch: fc.nat({ max: 5 }),
  firstStep: fc.nat({ max: 100 }),
});

/** All rounds, each as the slices of its replicas. */
function everything(rounds: Rounds) {
  return Array.from({ length: rounds.count }, (_, number) => ({
    ...rounds.round(number),
    slices: Array.from({ length: rounds.options.replicas }, (_, replica) => rounds.slices(number, replica)),
  }));
}

describe("the division of a training into rounds", () => {
  test("an epoch has the examples of fit's epoch, once each, batch by batch", () => {
    fc.assert(
      fc.property(options, (given) => {
        const { examples, batchSize, dropLast, shuffle, seed, epochs, firstEpoch, firstStep } = given;
        const kept = dropLast ? Math.floor(examples / batchSize) * batchSize : examples;
        const rounds = everything(new Rounds(given));
        let step = firstStep;
        for (let epoch = firstEpoch; epoch < firstEpoch + epochs; epoch++) {
          const own = rounds.filter((round) => round.epoch === epoch);
          const inOrder = own.flatMap(({ steps, slices }) =>
            Array.from({ length: steps }, (_, i) => slices.flatMap((replica) => [...(replica[i] ?? [])])),
          );
          const order = [...epochOrder(examples, epoch, shuffle, seed).subarray(0, kept)];
          expect(inOrder.flat()).toEqual(order);
          // Batches have the size of fit's.
          inOrder.forEach((batch, i) => {
            expect(batch).toHaveLength(Math.min(batchSize, kept - i * batchSize));
          });
          for (const round of own) {
            expect(round.step).toBe(step);
            step += round.steps;
          }
          expect(own.map(({ endsEpoch }) => endsEpoch)).toEqual(own.map((_, i) => i === own.length - 1));
        }
      }),
    );
  });

  test("replicas differ by at most one example in each step", () => {
    fc.assert(
      fc.property(options, (given) => {
        for (const { steps, slices } of everything(new Rounds(given))) {
          for (let i = 0; i < steps; i++) {
            const sizes = slices.map((replica) => replica[i]?.length ?? -1);
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });

  test("the sizes are those of the slices", () => {
    fc.assert(
      fc.property(options, (given) => {
        const rounds = new Rounds(given);
        everything(rounds).forEach(({ slices }, number) => {
          expect(rounds.sizes(number)).toEqual(
            slices.map((steps) => steps.reduce((sum, { length }) => sum + length, 0)),
          );
        });
      }),
    );
  });
});
