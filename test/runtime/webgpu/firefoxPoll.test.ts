import { afterEach, describe, expect, test, vi } from "vitest";
import { createBackend } from "webgpu-cnn";
import { FirefoxPoll } from "../../../src/runtime/webgpu/commands/firefoxPoll.js";
import { polledEvery, requestDevice } from "../../support/device.js";

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:160.0) Gecko/20100101 Firefox/160.0";
const OTHERS = {
  Chrome: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/157.0.0.0 Safari/537.36",
  Safari:
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/27.2 Safari/605.1.15",
  "Firefox for iOS":
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/160.0 Mobile/15E148 Safari/605.1.15",
  Deno: "Deno/2.9.0",
  Node: "Node.js/22",
};

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A queue without work. It reports completion only every `milliseconds`, or when something is submitted. */
function fakeDevice(milliseconds: number) {
  let tell = () => {};
  const told = () =>
    new Promise<undefined>((resolve) => {
      if (milliseconds === 0) resolve(undefined);
      const timer = setTimeout(() => resolve(undefined), milliseconds);
      tell = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  const submit = vi.fn((_: Iterable<GPUCommandBuffer>) => {
    tell();
    return undefined;
  });
  const onSubmittedWorkDone = vi.fn(told);
  return { queue: { submit, onSubmittedWorkDone }, told };
}

describe("during a wait for the GPU", () => {
  test("Firefox gets empty submissions, because it polls rarely, and none afterwards", async () => {
    const device = fakeDevice(300);
    const poll = new FirefoxPoll(device, FIREFOX);
    await later(350);
    expect(device.queue.submit).not.toHaveBeenCalled();
    const start = performance.now();
    await poll.during(device.told());
    expect(performance.now() - start).toBeLessThan(200);
    // Long work gets several submissions, one after the other, for all waits together.
    device.queue.submit.mockClear();
    await Promise.all([poll.during(later(60)), poll.during(later(60))]);
    const calls = device.queue.submit.mock.calls;
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.length).toBeLessThanOrEqual(70);
    for (const [commands] of calls) expect(commands).toEqual([]);
    await later(30);
    expect(device.queue.submit).toHaveBeenCalledTimes(calls.length);
  });

  test("a wait that began before the measurement gets submissions too, and a failure is passed on", async () => {
    const device = fakeDevice(60);
    const poll = new FirefoxPoll(device, FIREFOX);
    await poll.during(later(120));
    expect(device.queue.submit).toHaveBeenCalled();
    await expect(poll.during(Promise.reject(new RangeError("mine")))).rejects.toThrow("mine");
    device.queue.submit.mockClear();
    await later(30);
    expect(device.queue.submit.mock.calls.length).toBeLessThanOrEqual(1);
  });

  test("a Firefox that reports at once gets no submissions", async () => {
    const device = fakeDevice(0);
    const poll = new FirefoxPoll(device, FIREFOX);
    await poll.during(later(60));
    expect(device.queue.submit).not.toHaveBeenCalled();
  });

  test.each(Object.entries(OTHERS))(
    "%s gets no submissions and is not measured, even if it is slow",
    async (_, userAgent) => {
      const device = fakeDevice(40);
      const poll = new FirefoxPoll(device, userAgent);
      await poll.during(later(60));
      expect(device.queue.onSubmittedWorkDone).not.toHaveBeenCalled();
      expect(device.queue.submit).not.toHaveBeenCalled();
    },
  );
});

describe("a backend", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test.each([
    ["waits less than 300 ms in Firefox", FIREFOX, true],
    ["submits nothing by itself in other browsers", OTHERS.Chrome, false],
  ] as const)("%s", async (_, userAgent, helps) => {
    const whole = await requestDevice();
    const { device, emptySubmissions } = polledEvery(300, whole);
    vi.stubGlobal("navigator", { userAgent });
    const backend = await createBackend({ device });
    await backend.full([4], 1).read();
    // The measurement ends at the next look after the device's own answer, which a busy machine delays.
    await later(1000);
    const times: number[] = [];
    // The least of several, because a busy machine delays one or the other.
    for (let i = 0; i < (helps ? 5 : 1); i++) {
      const start = performance.now();
      await backend.settled();
      times.push(performance.now() - start);
    }
    expect(Math.min(...times) < 250).toBe(helps);
    expect(emptySubmissions() > 0).toBe(helps);
    backend.destroy();
    whole.destroy();
  });
});
