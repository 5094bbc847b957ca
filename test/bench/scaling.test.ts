import { expect, test } from "vitest";
import {
  mostSpeedup,
  type Network,
  type RoundCosts,
  roundSeconds,
  scalingLines,
  speedup,
} from "../../bench/distributed/scaling.js";
import { formatNumber } from "../../bench/format.js";

const network: Network = { serverBandwidth: 1e9, workerBandwidth: 1e8, latency: 0.001 };
const costs: RoundCosts = {
  ...{ stepSeconds: 0.1, bytesDown: 1e6, bytesUp: 1e6, bytesStored: 3e6 },
  ...{ serialSeconds: 0.02, answerSeconds: 0.001 },
};
const each = (workers: number, localSteps: number) => ({ workers, replicas: workers, localSteps });

test("without costs, all time goes into steps if the replicas divide evenly", () => {
  const free = { ...costs, bytesDown: 0, bytesUp: 0, bytesStored: 0, serialSeconds: 0, answerSeconds: 0 };
  const near = { ...network, latency: 0 };
  for (const workers of [1, 2, 1000]) expect(speedup(free, near, each(workers, 8)) / workers).toBeCloseTo(1, 12);
  // Two of three workers wait while the third computes the fourth replica.
  expect(speedup(free, near, { workers: 3, replicas: 4, localSteps: 1 })).toBeCloseTo(2, 12);
});

test("the parts of a round are added", () => {
  // 12 ways of 1 ms, 10 ms down, a step of 100 ms, 1 ms for the answer, 10 ms up, 3 ms for what is stored, 20 ms at the coordinator.
  expect(roundSeconds(costs, network, each(1, 1))).toBeCloseTo(0.012 + 0.01 + 0.1 + 0.001 + 0.01 + 0.003 + 0.02, 12);
  // A thousand downloads of 1 ms follow each other at the server; so do a thousand answers at the coordinator.
  expect(roundSeconds(costs, network, each(1000, 1))).toBeCloseTo(0.012 + 1 + 0.1 + 1 + 0.01 + 0.003 + 0.02, 12);
});

test("a coordinator that cannot take the answers in time holds the round up", () => {
  const slow = { ...costs, answerSeconds: 1 };
  const many = { workers: 10, replicas: 100, localSteps: 1 };
  expect(roundSeconds(slow, network, many)).toBeCloseTo(0.012 + 0.01 + 0.1 + 100 + 0.01 + 0.003 + 0.02, 12);
});

test("each worker adds less than the one before, and local steps add more", () => {
  const shares = [1, 2, 10, 100, 1000].map((workers) => speedup(costs, network, each(workers, 1)) / workers);
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  for (const workers of [1, 10, 1000]) {
    expect(speedup(costs, network, each(workers, 8))).toBeGreaterThan(speedup(costs, network, each(workers, 1)));
  }
});

test("very many workers come near the most, and none goes beyond it", () => {
  for (const localSteps of [1, 8, 64]) {
    const share = speedup(costs, network, each(1e7, localSteps)) / mostSpeedup(costs, network, localSteps);
    expect(share).toBeCloseTo(1, 3);
    expect(share).toBeLessThan(1);
  }
});

test("the table has a line for each number of local steps", () => {
  const lines = scalingLines("a net", costs, network);
  expect(lines).toHaveLength(5);
  expect(lines[2]).toContain(formatNumber(speedup(costs, network, each(1000, 1))));
});
