import { describe, expect, test } from "vitest";
import { OptionError } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors, type HostArray, type TensorFile } from "webgpu-cnn/io";
import { expectError, thrownBy, wrong } from "../support/refusals.js";

const w: HostArray = { shape: [1], data: Float32Array.of(1) };
const ADVICE = "; the tensors by name are one of its parts, the metadata the other";

describe("{ tensors, metadata }", () => {
  test.each<readonly [message: string, call: () => unknown]>([
    [
      "encodeSafetensors: file must be an object such as { tensors: … }, got undefined",
      () => encodeSafetensors(wrong(undefined)),
    ],
    [
      "encodeSafetensors: unknown option file.metdata; did you mean metadata?",
      () => encodeSafetensors(wrong({ tensors: {}, metdata: {} })),
    ],
    [
      `encodeSafetensors: file must be { tensors, metadata }, got { a, b, c, … }${ADVICE}`,
      () => encodeSafetensors(wrong({ a: w, b: w, c: w, d: w })),
    ],
    [
      `encodeSafetensors: file must be { tensors, metadata }, got a Map${ADVICE}`,
      () => encodeSafetensors(wrong(new Map([["w", w]]))),
    ],
    [
      `encodeSafetensors: file must be { tensors, metadata }, got a Promise, which needs await${ADVICE}`,
      () => encodeSafetensors(wrong(Promise.resolve({ tensors: {} }))),
    ],
    // The form of versions 0.1 to 0.3.
    [
      `encodeSafetensors: file must be { tensors, metadata }, got 2 arguments${ADVICE}`,
      () => Reflect.apply(encodeSafetensors, undefined, [{ w }, { step: "7" }]),
    ],
    [
      `encodeSafetensors: file must be { tensors, metadata }, got 2 arguments${ADVICE}`,
      () => Reflect.apply(encodeSafetensors, undefined, [{ tensors: { w } }, { step: "7" }]),
    ],
  ])("%s", (message, call) => expectError(thrownBy(call), OptionError, message));

  test("may have maps or plain objects, and comes back in one form", () => {
    const tensors = { w };
    const metadata = { step: "7" };
    const files: readonly TensorFile[] = [
      { tensors, metadata },
      { tensors: new Map(Object.entries(tensors)), metadata },
      { tensors, metadata: new Map(Object.entries(metadata)) },
    ];
    for (const file of files) {
      expect(encodeSafetensors(file)).toEqual(encodeSafetensors({ tensors, metadata }));
      const read = decodeSafetensors(encodeSafetensors(file));
      expect(read).toEqual({ tensors: new Map([["w", { dtype: "F32", ...w }]]), metadata });
      expect(encodeSafetensors(read)).toEqual(encodeSafetensors(file));
    }
    expect(encodeSafetensors({ tensors, metadata: undefined })).toEqual(encodeSafetensors({ tensors }));
  });
});
