const CONVOLUTION_AND_POOLING = `
  import {
    averagePool2d, averagePool2dBackward, conv2d, conv2dBackward, conv2dBackwardBias, conv2dBackwardFilter,
    conv2dBackwardInput, createBackend, maxPool2d, maxPool2dBackward, pad2d, pad2dBackward, reshape, transpose,
  } from "webgpu-cnn";
  globalThis.app = {
    averagePool2d, averagePool2dBackward, conv2d, conv2dBackward, conv2dBackwardBias, conv2dBackwardFilter,
    conv2dBackwardInput, createBackend, maxPool2d, maxPool2dBackward, pad2d, pad2dBackward, reshape, transpose,
  };`;

const EXPORT = 'import { exportOnnx } from "webgpu-cnn/onnx"; globalThis.app = exportOnnx;';
const LOAD_ONNX = 'import { loadOnnx } from "webgpu-cnn/onnx"; globalThis.app = loadOnnx;';
const LOAD_KERAS = 'import { loadKeras, loadTfjs } from "webgpu-cnn/keras"; globalThis.app = [loadKeras, loadTfjs];';
const NETWORK = `
  import { createBackend } from "webgpu-cnn";
  import { Conv2D, Dense, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";
  globalThis.network = [createBackend, Conv2D, Dense, Flatten, MaxPooling2D, Sequential];`;
/** What is loaded when a file is written or read: ONNX's messages, and the writer or the reader. */
const WITH_WRITER = /^(?:index\.html|.*\/chunks\/(?:onnx_pb|esm|writeModel)\.js)$/;
const WITH_READER = /^(?:index\.html|.*\/chunks\/(?:onnx_pb|esm|readModel)\.js)$/;

const WHOLE_LIBRARY = 'import * as all from "webgpu-cnn"; globalThis.app = all;';
/** What a page loads when a call asks for WebAssembly: the runtime, the reference (`kernels2` leads to it), and what starts threads. */
const WITH_WASM = /^(?:index\.html|.*\/chunks\/(?:openWasm|kernels2|threads\.page)\.js)$/;

/** What an app loads at most: the app, KiB (minified, gzip), its program, and the chunks that it loads, by their names in the manifest. */
export const SIZES: readonly (readonly [what: string, kibibytes: number, program: string, entries: RegExp])[] = [
  ["an app with convolution and pooling", 56, CONVOLUTION_AND_POOLING, /^index\.html$/],
  ["an app with a small network", 108, NETWORK, /^index\.html$/],
  ["an app with a small network that can export it", 122, NETWORK + EXPORT, /^index\.html$/],
  ["an app that can export models", 18, EXPORT, /^index\.html$/],
  ["an app that exports a model, with the writer", 136, EXPORT, WITH_WRITER],
  ["an app that can load ONNX files", 10, LOAD_ONNX, /^index\.html$/],
  ["an app that loads an ONNX file", 172, LOAD_ONNX, WITH_READER],
  ["an app that loads Keras's and TensorFlow.js's files", 128, LOAD_KERAS, /^index\.html$/],
  ["an app with the whole library", 104, WHOLE_LIBRARY, /^index\.html$/],
  ["an app with the whole library on WebAssembly", 172, WHOLE_LIBRARY, WITH_WASM],
];
