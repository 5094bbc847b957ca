import { expect, test } from "vitest";
import {
  efficiency,
  halfOfMost,
  type Network,
  type RoundCosts,
  roundSeconds,
  scalingLines,
} from "../../bench/distributed/scaling.js";

const network: Network = { serverBandwidth: 1e9, workerBandwidth: 1e8, latency: 0.001 };
const costs: RoundCosts = {
  ...{ stepSeconds: 0.1, bytesDown: 1e6, bytesUp: 1e6 },
  ...{ serialSeconds: 0.02, answerSeconds: 0.001 },
};
const each = (workers: number, localSteps: number) => ({ workers, replicas: workers, localSteps });

test("without costs, all time goes into steps if the replicas divide evenly", () => {
  const free = { ...costs, bytesDown: 0, bytesUp: 0, serialSeconds: 0, answerSeconds: 0 };
  const near = { ...network, latency: 0 };
  for (const workers of [1, 2, 1000]) expect(efficiency(free, near, each(workers, 8))).toBeCloseTo(1, 12);
  // Two of three workers wait while the third computes the fourth replica.
  expect(efficiency(free, near, { workers: 3, replicas: 4, localSteps: 1 })).toBeCloseTo(4 / 6, 12);
});

test("the parts of a round are added", () => {
  // 12 ways of 1 ms, 10 ms down, a step of 100 ms, 1 ms for the answer, 10 ms up, 20 ms at the coordinator.
  expect(roundSeconds(costs, network, each(1, 1))).toBeCloseTo(0.012 + 0.01 + 0.1 + 0.001 + 0.01 + 0.02, 12);
  // A thousand downloads of 1 ms follow each other at the server; so do a thousand answers at the coordinator.
  expect(roundSeconds(costs, network, each(1000, 1))).toBeCloseTo(0.012 + 1 + 0.1 + 1 + 0.01 + 0.02, 12);
});

test("a coordinator that cannot take the answers in time holds the round up", () => {
  const slow = { ...costs, answerSeconds: 1 };
  const many = { workers: 10, replicas: 100, localSteps: 1 };
  expect(roundSeconds(slow, network, many)).toBeCloseTo(0.012 + 0.01 + 0.1 + 100 + 0.01 + 0.02, 12);
});

test("efficiency falls with workers and rises with local steps", () => {
  const shares = [1, 2, 10, 100, 1000].map((workers) => efficiency(costs, network, each(workers, 1)));
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  for (const workers of [1, 10, 1000]) {
    expect(efficiency(costs, network, each(workers, 8))).toBeGreaterThan(efficiency(costs, network, each(workers, 1)));
  }
});

test("the number of workers with half of the most speed has it", () => {
  for (const localSteps of [1, 8, 64]) {
    const speed = (workers: number) => workers / roundSeconds(costs, network, each(workers, localSteps));
    const half = halfOfMost(costs, network, localSteps);
    expect(speed(half) / speed(1e7)).toBeCloseTo(0.5, 1);
    expect(speed(2 * half) / speed(half)).toBeLessThan(4 / 3 + 0.01);
  }
});

test("the table has a line for each number of local steps", () => {
  const lines = scalingLines("a net", costs, network);
  expect(lines).toHaveLength(5);
  expect(lines[2]).toContain(`${(100 * efficiency(costs, network, each(1, 1))).toFixed(0)} %`);
});
