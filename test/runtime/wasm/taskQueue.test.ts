import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { nextTurn } from "../../../src/core/eventLoop.js";
import { type Task, TaskQueue } from "../../../src/runtime/wasm/commands/taskQueue.js";

let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

/** A task of jobs that take five milliseconds each. */
function work(jobs: number): Task {
  let left = jobs;
  return {
    advance(until) {
      while (left > 0) {
        now += 5;
        left--;
        if (left > 0 && now >= until) return false;
      }
      return true;
    },
  };
}

/** The longest time between two turns of the event loop, while something is pending. */
async function longestGap(pending: Promise<unknown>): Promise<number> {
  let done = false;
  void pending.then(() => {
    done = true;
  });
  let longest = 0;
  for (let last = now; !done; last = now) {
    await nextTurn();
    longest = Math.max(longest, now - last);
  }
  return longest;
}

test.each([0, 1, 2, 10])("tasks that %i callers wait for take 15 ms between two turns", async (callers) => {
  const queue = new TaskQueue(() => {});
  const start = now;
  for (let i = 0; i < 20; i++) queue.push(work(i));
  const waiting = Array.from({ length: callers }, () => queue.settled());
  expect(now - start).toBe(callers > 0 ? 15 : 0);
  const end = new Promise<void>((resolve) => {
    queue.push({
      advance() {
        resolve();
        return true;
      },
    });
  });
  expect(await longestGap(Promise.all([...waiting, end]))).toBe(15);
  expect(now - start).toBe(5 * 190);
});

test("the time of the calls that push tasks is a part of the 15 ms", async () => {
  const queue = new TaskQueue(() => {});
  const start = now;
  for (let i = 0; i < 5; i++) {
    queue.push(work(3));
    now += 2;
  }
  const settled = queue.settled();
  expect(now - start).toBe(15);
  await settled;
  expect(now - start).toBe(10 + 5 * 15);
});

test("short work is done at once, without a turn", async () => {
  const queue = new TaskQueue(() => {});
  for (let i = 0; i < 3; i++) {
    queue.push(work(1));
    const settled = queue.settled();
    expect(now).toBe(5 * (i + 1));
    expect(queue.isEmpty).toBe(true);
    await settled;
  }
});

test("settled waits for the tasks of its call only", async () => {
  const queue = new TaskQueue(() => {});
  queue.push(work(10));
  let more = true;
  const endless = () => {
    queue.push({
      advance() {
        now += 5;
        if (more) endless();
        return true;
      },
    });
  };
  endless();
  await queue.settled();
  more = false;
  await queue.settled();
  expect(queue.isEmpty).toBe(true);
});

test("settled does not wait for tasks that are dropped", async () => {
  const queue = new TaskQueue(() => {});
  queue.push(work(20));
  const settled = queue.settled();
  queue.abandon(new Error("lost"));
  await settled;
});
