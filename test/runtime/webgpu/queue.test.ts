import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { add, type Backend, createBackend, KernelError } from "webgpu-cnn";
import { UnexpectedErrors } from "../../../src/runtime/webgpu/commands/unexpectedErrors.js";
import { requestDevice, withoutLargeBuffers } from "../../support/device.js";

describe("long synchronous work", () => {
  let device: GPUDevice;
  let backend: Backend;
  beforeEach(async () => {
    device = await requestDevice();
    backend = await createBackend({ device: withoutLargeBuffers(device, 1e6) });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    backend.destroy();
    device.destroy();
  });

  test("shares submissions and error scopes before the device confirms anything", async () => {
    const submit = vi.spyOn(device.queue, "submit");
    const scopes = vi.spyOn(device, "pushErrorScope");
    const one = backend.full([16], 1);
    let x = backend.full([16], 0);
    const calls = 1000;
    for (let i = 0; i < calls; i++) {
      const sum = add(x, one);
      x.dispose();
      x = sum;
    }
    // The first calls allocate. After that, a flush comes after every 64 calls.
    expect(submit.mock.calls.length).toBeGreaterThan(calls / 64 - 2);
    expect(submit.mock.calls.length).toBeLessThan(calls / 10);
    expect(scopes.mock.calls.length).toBeLessThan(calls / 2);
    expect((await x.read()).every((value) => value === calls)).toBe(true);
    await backend.settled();
  });

  test("fails only the work that needs an invalid buffer", async () => {
    const small = backend.full([16], 1);
    const sums = [add(small, small)];
    const large = backend.zeros([300_000]);
    const failing = [add(large, large), add(large, large)];
    sums.push(add(small, small));
    const outcomes = await Promise.allSettled([...sums, ...failing].map((tensor) => tensor.read()));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
    for (const outcome of outcomes.slice(2)) expect(outcome).toMatchObject({ reason: expect.any(KernelError) });
    await backend.settled();
  });
});

test("the first errors outside every scope are kept, and the rest are counted", () => {
  const errors = new UnexpectedErrors();
  expect(errors.take()).toBeUndefined();
  for (let i = 0; i < 1000; i++) errors.add(`error ${i}`);
  const taken: string[] = [];
  for (let error = errors.take(); error; error = errors.take()) {
    expect(error).toBeInstanceOf(KernelError);
    taken.push(error.message);
  }
  expect(taken.length).toBeLessThan(100);
  expect(taken[0]).toBe("the device reported an error outside every operator: error 0");
  expect(taken.at(-1)).toBe(
    `the device reported an error outside every operator: error ${taken.length - 1} (and ${1000 - taken.length} more after it)`,
  );
  errors.add("another");
  expect(errors.take()?.message).toBe("the device reported an error outside every operator: another");
});
