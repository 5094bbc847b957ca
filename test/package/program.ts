/** One dense layer, as TensorFlow.js stores it. */
const TFJS_MODEL = `const TFJS_MODEL = {
  modelTopology: {
    class_name: "Sequential",
    config: { name: "chain", layers: [{ class_name: "Dense", config: { name: "d", units: 1, batch_input_shape: [null, 2] } }] },
  },
  weightsManifest: [{ paths: ["w"], weights: [
    { name: "d/kernel", shape: [2, 1], dtype: "float32" },
    { name: "d/bias", shape: [1], dtype: "float32" },
  ] }],
};`;

/** A module that uses every entry of the package on one kind of backend. */
export const PROGRAM = `
import { conv2d, conv2dBackwardFilter, createBackend, FileFormatError, ShapeError } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import { loadTfjs } from "webgpu-cnn/keras";
import { Dense, Sequential, SGD } from "webgpu-cnn/nn";
import { exportOnnx, loadOnnx } from "webgpu-cnn/onnx";
import { zeroPad } from "webgpu-cnn/step-by-step";
export async function report(kind) {
  const backend = await createBackend({ kind });
  const x = backend.full([1, 6, 6, 4], 2);
  const y = conv2d(x, backend.full([3, 3, 4, 1], 1));
  const dw = conv2dBackwardFilter(x, y, [3, 3, 4, 1]);
  const sum = async (tensor) => (await tensor.read()).reduce((total, value) => total + value, 0);
  const thrownBy = (call) => { try { call(); } catch (error) { return error; } };
  const sameClass = thrownBy(() => zeroPad(backend.zeros([1]), 1)) instanceof ShapeError
    && thrownBy(() => decodeSafetensors(new Uint8Array(7))) instanceof FileFormatError;
  const file = encodeSafetensors({ tensors: { y: { shape: y.shape, data: await y.read() } } });
  const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [2] });
  model.compile({ optimizer: new SGD(), loss: "meanSquaredError" });
  const data = { images: new Float32Array(8).fill(1), shape: [4, 2], labels: new Float32Array(4).fill(3) };
  const losses = [];
  for await (const { loss } of model.fit(data, { epochs: 4, batchSize: 4 })) losses.push(loss);
  const learns = losses.length === 4 && losses.every((loss, i) => i === 0 || loss < losses[i - 1]);
  const ones = backend.full([1, 2], 1);
  const again = await loadOnnx(await exportOnnx(model), backend);
  const exports = Math.abs((await sum(again.predict(ones))) - (await sum(model.predict(ones)))) < 1e-5;
  const keras = await sum((await loadTfjs({ modelJson: TFJS_MODEL, weights: Float32Array.of(1, 2, 3).buffer }, backend)).predict(ones));
  const saved = backend.tensor(decodeSafetensors(file).tensors.get("y").data);
  return { kind: backend.kind, reason: backend.reason, y: await sum(saved), dw: await sum(dw), sameClass, learns, exports, keras };
}
${TFJS_MODEL}`;
/** What it reports, beside the backend. The sums are those of a small convolution and its weight gradient: 4 · 4 · 72, and what follows. */
export const RESULT = { y: 16 * 72, dw: 36 * 16 * 2 * 72, sameClass: true, learns: true, exports: true, keras: 6 };
