import { expect, test } from "vitest";
import { BackendMismatchError, createBackend, DisposedError, OptionError, ShapeError, type Tensor } from "webgpu-cnn";
import {
  type ConvCache,
  convBackward,
  convForward,
  convSingleStep,
  createMaskFromWindow,
  distributeValue,
  type PoolCache,
  poolBackward,
  poolForward,
  zeroPad,
} from "webgpu-cnn/step-by-step";
import { describeOnEachBackend } from "../support/backends.js";
import { expectRefusal, type Refusal, wrong, zerosOn } from "../support/refusals.js";

describeOnEachBackend("wrong arguments of the course's eight functions", (backend) => {
  const zeros = zerosOn(backend);
  const conv = { stride: 1, pad: 0 };
  const convCache = (): ConvCache => [zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 4), conv];
  const poolCache = (f = 2, stride = 1): PoolCache => [zeros(2, 5, 5, 3), { f, stride }];

  test.each<Refusal>([
    ["zeroPad: pad is -1, expected an integer ≥ 0", () => zeroPad(zeros(1, 3, 3, 1), -1)],
    ["zeroPad: pad is 0.5, expected an integer ≥ 0", () => zeroPad(zeros(1, 3, 3, 1), 0.5)],
    ["zeroPad: pad is [1, 1], expected an integer ≥ 0", () => zeroPad(zeros(1, 3, 3, 1), wrong([1, 1]))],
    ["zeroPad: pad is required: expected an integer ≥ 0", () => zeroPad(zeros(1, 3, 3, 1), wrong(undefined))],
    [
      "convForward: hparameters must be an object such as { stride: … }, got undefined",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 4), wrong(undefined)),
    ],
    [
      "convForward: hparameters.stride is 0, expected an integer ≥ 1",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 4), { stride: 0, pad: 0 }),
    ],
    [
      "convForward: hparameters.stride is required: expected an integer ≥ 1",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 4), wrong({ pad: 0 })),
    ],
    [
      "convForward: hparameters.pad is -1, expected an integer ≥ 0",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 4), { stride: 1, pad: -1 }),
    ],
    [
      "convForward: unknown option hparameters.strides; did you mean stride?",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 4), wrong({ strides: 1, pad: 0 })),
    ],
    [
      "convBackward: cache is undefined, expected the cache, which is the second result of convForward",
      () => convBackward(zeros(2, 3, 3, 4), wrong(undefined)),
    ],
    [
      "convBackward: cache is [a Tensor, an object], expected the cache, which is the second result of convForward",
      () => convBackward(zeros(2, 3, 3, 4), wrong(poolCache())),
    ],
    [
      "poolForward: hparameters.f is 0, expected an integer ≥ 1",
      () => poolForward(zeros(2, 5, 5, 3), { f: 0, stride: 1 }),
    ],
    ["poolForward: hparameters.stride is NaN, expected an integer ≥ 1", () => poolForward(...poolCache(2, Number.NaN))],
    ['poolForward: mode is "avg", expected "max" or "average"', () => poolForward(...poolCache(), wrong("avg"))],
    [
      'poolForward: mode is "Average", expected "max" or "average"; did you mean "average"?',
      () => poolForward(...poolCache(), wrong("Average")),
    ],
    ['poolForward: mode is null, expected "max" or "average"', () => poolForward(...poolCache(), wrong(null))],
    [
      'poolBackward: mode is "Max", expected "max" or "average"; did you mean "max"?',
      () => poolBackward(zeros(2, 4, 4, 3), poolCache(), wrong("Max")),
    ],
    [
      "poolBackward: cache is an object, expected the cache, which is the second result of poolForward",
      () => poolBackward(zeros(2, 4, 4, 3), wrong({})),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), OptionError, message, call));

  test.each<Refusal>([
    ["zeroPad: X is [3, 3, 1], expected 4 axes", () => zeroPad(zeros(3, 3, 1), 1)],
    [
      "convSingleStep: aSlicePrev is [1, 3, 3, 2], expected 3 axes",
      () => convSingleStep(zeros(1, 3, 3, 2), zeros(1, 3, 3, 2), zeros(1, 1, 1)),
    ],
    [
      "convSingleStep: W is [3, 3, 1], expected [3, 3, 2], the shape of aSlicePrev",
      () => convSingleStep(zeros(3, 3, 2), zeros(3, 3, 1), zeros(1, 1, 1)),
    ],
    [
      "convSingleStep: b is [1], expected [1, 1, 1], one bias",
      () => convSingleStep(zeros(3, 3, 2), zeros(3, 3, 2), zeros(1)),
    ],
    [
      "convForward: APrev is [5, 5, 3], expected 4 axes",
      () => convForward(zeros(5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 4), conv),
    ],
    [
      "convForward: W is [3, 3, 3], expected 4 axes",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3), zeros(1, 1, 1, 4), conv),
    ],
    [
      "convForward: W is [3, 2, 3, 4], expected a square filter (f, f, n_C_prev, n_C)",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 2, 3, 4), zeros(1, 1, 1, 4), conv),
    ],
    [
      "convForward: W has 2 input channels, expected n_C_prev = 3 (APrev [2, 5, 5, 3], W [3, 3, 2, 4])",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 2, 4), zeros(1, 1, 1, 4), conv),
    ],
    [
      "convForward: b is [4], expected [1, 1, 1, 4], one bias for each filter",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(4), conv),
    ],
    [
      "convForward: b is [1, 1, 1, 1], expected [1, 1, 1, 4], one bias for each filter",
      () => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 1), conv),
    ],
    [
      "convForward: the window's height 8 is larger than the padded input's 5 + 1 + 1 = 7; use a smaller window or more padding",
      () => convForward(zeros(2, 5, 5, 3), zeros(8, 8, 3, 4), zeros(1, 1, 1, 4), { stride: 2, pad: 1 }),
    ],
    [
      "convBackward: dZ is [2, 5, 5, 4], expected [2, 3, 3, 4], the shape of Z",
      () => convBackward(zeros(2, 5, 5, 4), convCache()),
    ],
    [
      "poolForward: the window's height 6 is larger than the padded input's 5 + 0 + 0 = 5; use a smaller window or more padding",
      () => poolForward(...poolCache(6)),
    ],
    ["poolForward: APrev is [5, 5], expected 4 axes", () => poolForward(zeros(5, 5), { f: 2, stride: 1 })],
    [
      "poolBackward: dA is [2, 5, 5, 3], expected [2, 4, 4, 3], the shape of A",
      () => poolBackward(zeros(2, 5, 5, 3), poolCache()),
    ],
    [
      "poolBackward: dA is [2, 5, 5, 3], expected [2, 4, 4, 3], the shape of A",
      () => poolBackward(zeros(2, 5, 5, 3), poolCache(), "average"),
    ],
    ["distributeValue: dz is [2], expected a scalar []", () => distributeValue(zeros(2), [2, 2])],
    ["distributeValue: shape is [2], expected [n_H, n_W]", () => distributeValue(zeros(), [2])],
    ["distributeValue: shape is [2, 2, 2], expected [n_H, n_W]", () => distributeValue(zeros(), [2, 2, 2])],
    [
      "distributeValue: shape has the extent 0, expected positive integers only (shape [2, 0])",
      () => distributeValue(zeros(), [2, 0]),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), ShapeError, message, call));

  /** The call of each function with `stranger` as its last tensor. */
  const lastTensors: readonly (readonly [name: string, argument: string, call: (stranger: Tensor) => unknown])[] = [
    ["zeroPad", "X", (stranger) => zeroPad(stranger, 1)],
    ["convSingleStep", "b", (stranger) => convSingleStep(zeros(3, 3, 2), zeros(3, 3, 2), stranger)],
    ["convForward", "b", (stranger) => convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), stranger, conv)],
    ["poolForward", "APrev", (stranger) => poolForward(stranger, { f: 2, stride: 1 })],
    ["convBackward", "dZ", (stranger) => convBackward(stranger, convCache())],
    ["createMaskFromWindow", "x", (stranger) => createMaskFromWindow(stranger)],
    ["distributeValue", "dz", (stranger) => distributeValue(stranger, [2, 2])],
    ["poolBackward", "dA", (stranger) => poolBackward(stranger, poolCache())],
  ];

  test.each(lastTensors)("%s refuses a value that is not a tensor and a disposed tensor", (name, argument, call) => {
    for (const [stranger, shown] of [
      [undefined, "undefined"],
      [7, "7"],
    ] as const) {
      const message = `${name}: ${argument} must be a Tensor, got ${shown}; make one with backend.tensor(…)`;
      expectRefusal(backend(), OptionError, message, () => call(wrong(stranger)));
    }
    const disposed = backend().zeros([1, 1, 1]);
    disposed.dispose();
    const message = new RegExp(`^${name}: ${argument} \\[1, 1, 1\\] was disposed of; keep it alive`);
    expectRefusal(backend(), DisposedError, message, () => call(disposed));
  });

  test("a cache with disposed tensors is refused", () => {
    const APrev = backend().zeros([2, 5, 5, 3]);
    const W = backend().zeros([3, 3, 3, 4]);
    const [Z, cache] = convForward(APrev, W, zeros(1, 1, 1, 4), conv);
    const [A, cachedPool] = poolForward(APrev, { f: 2, stride: 1 });
    W.dispose();
    const lost = /^convBackward: W \[3, 3, 3, 4\] was disposed of; keep it alive/;
    expectRefusal(backend(), DisposedError, lost, () => convBackward(Z, cache));
    APrev.dispose();
    const lostToo = /^poolBackward: APrev \[2, 5, 5, 3\] was disposed of; keep it alive/;
    expectRefusal(backend(), DisposedError, lostToo, () => poolBackward(A, cachedPool));
  });

  test("tensors of another backend are refused", async () => {
    const other = await createBackend({ kind: "cpu" });
    const forward = /^convForward: W is on another backend \(cpu\) than APrev \(\w+\); bring it over with/;
    expectRefusal(backend(), BackendMismatchError, forward, () =>
      convForward(zeros(2, 5, 5, 3), other.zeros([3, 3, 3, 4]), zeros(1, 1, 1, 4), conv),
    );
    const backward = /^poolBackward: dA is on another backend \(cpu\) than APrev \(\w+\); bring it over with/;
    const dA = other.zeros([2, 4, 4, 3]);
    expectRefusal(backend(), BackendMismatchError, backward, () => poolBackward(dA, poolCache()));
    other.destroy();
  });

  test("pad = 0 is accepted forward and backward", () => {
    const [Z, cache] = convForward(zeros(2, 5, 5, 3), zeros(3, 3, 3, 4), zeros(1, 1, 1, 4), { stride: 2, pad: 0 });
    expect(Z.shape).toEqual([2, 2, 2, 4]);
    const [dAPrev, dW, db] = convBackward(Z, cache);
    expect([dAPrev.shape, dW.shape, db.shape]).toEqual([
      [2, 5, 5, 3],
      [3, 3, 3, 4],
      [1, 1, 1, 4],
    ]);
    expect(zeroPad(zeros(1, 3, 3, 1), 0).shape).toEqual([1, 3, 3, 1]);
  });
});
