import { expect, test, vi } from "vitest";
import { onAbort, pause, unlessAborted } from "../../src/distributed/abort.js";

/** A signal, and how many listeners it has. */
function listenedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const add = vi.spyOn(signal, "addEventListener");
  const remove = vi.spyOn(signal, "removeEventListener");
  return { controller, signal, listeners: () => add.mock.calls.length - remove.mock.calls.length };
}

test("what is over leaves no listener at its signal, and many that wait share one", async () => {
  const { signal, listeners } = listenedSignal();
  const waits = Array.from({ length: 20 }, (_, i) => unlessAborted(Promise.resolve(i), signal));
  expect(listeners()).toBe(1);
  expect(await Promise.all(waits)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  await pause(1, signal);
  await expect(unlessAborted(Promise.reject(new Error("a failure")), signal)).rejects.toThrow("a failure");
  expect(listeners()).toBe(0);
});

test("an abort ends all that wait, those too that came after others were over", async () => {
  const { controller, signal } = listenedSignal();
  await pause(1, signal);
  const never = new Promise(() => {});
  const waits = [unlessAborted(never, signal), pause(60_000, signal), unlessAborted(never, signal)];
  const heard: string[] = [];
  onAbort(signal, () => heard.push("one"));
  const forget = onAbort(signal, () => heard.push("two"));
  forget();
  const reason = new Error("enough");
  controller.abort(reason);
  expect(await Promise.allSettled(waits)).toEqual(waits.map(() => ({ status: "rejected", reason })));
  expect(heard).toEqual(["one"]);
  await expect(unlessAborted(Promise.resolve(), signal)).rejects.toBe(reason);
});
