import { expect, test } from "vitest";
import { windowGeometry } from "../../../src/core/geometry.js";
import { kernels } from "../../../src/runtime/reference/kernels.js";
import { SingleThread } from "../../../src/runtime/wasm/commands/crew.js";
import { Programs } from "../../../src/runtime/wasm/commands/programs.js";
import { fallbackKernels } from "../../../src/runtime/wasm/kernels/fallback.js";
import { LinearMemory } from "../../../src/runtime/wasm/memory/linearMemory.js";
import { PlannedWork } from "../../../src/runtime/wasm/recording/plannedWork.js";
import { randomValues } from "../../support/random.js";

// A new operator has no kernel in WebAssembly at first. Until it gets one, it runs the reference on the same memory.
test("an operator without a kernel runs the reference's, also without an optional input", () => {
  const memory = new LinearMemory(false, 0);
  const upload = (values: Float32Array) => {
    const span = memory.allocate("test", values.length);
    memory.view(span).set(values);
    return span;
  };
  const window = {
    window: [3, 2],
    strides: [1, 1],
    dilations: [1, 1],
    padding: [1, 1, 0, 1],
    rounding: "floor",
  } as const;
  const geometry = windowGeometry("test", { n: 2, h: 4, w: 5, c: 3 }, window, 4, 1);
  const attributes = { geometry, relu: true, winograd: undefined };
  const [x, w] = [randomValues(2 * 4 * 5 * 3, 1), randomValues(3 * 2 * 3 * 4, 2)];
  const expected = new Float32Array(geometry.n * geometry.p * geometry.q * geometry.k);
  kernels.conv2d(attributes, { x, w, bias: undefined }, { y: expected });

  const y = memory.allocate("test", expected.length);
  const work = new PlannedWork(new Programs(memory, new SingleThread()), false, (elements) =>
    memory.allocate("test", elements),
  );
  fallbackKernels(work, kernels).conv2d(attributes, { x: upload(x), w: upload(w), bias: undefined }, { y });
  for (const call of work.calls) if ("task" in call) call.task((span) => memory.view(span));
  expect(memory.view(y)).toEqual(expected);
});
