import { readFile } from "node:fs/promises";
import type { Face, Picture } from "./faces.js";

/** face-api's package in node_modules. */
export const FOLDER = new URL("../../node_modules/@vladmandic/face-api/", import.meta.url);

/** The parts of face-api and of its TensorFlow.js that are used here. */
interface FaceApi {
  readonly tf: TensorFlow;
  readonly env: { setEnv(environment: object): void };
  readonly TinyFaceDetector: new () => Detector;
}

interface Detector {
  readonly params: Readonly<Record<string, Convolution>>;
  loadFromWeightMap(weights: object): void;
  forward(x: TfTensor, size: number): Promise<TfTensor>;
  locateFaces(x: TfTensor, options: object): Promise<readonly { readonly score: number; readonly box: Face }[]>;
}

interface Convolution {
  readonly filters: TfTensor;
  readonly depthwise_filter: TfTensor;
  readonly pointwise_filter: TfTensor;
  readonly bias: TfTensor;
}

interface TfTensor {
  readonly shape: readonly number[];
  data(): Promise<Float32Array>;
}

interface TensorFlow {
  setBackend(name: "cpu"): Promise<boolean>;
  setPlatform(name: string, platform: object): void;
  tensor(data: Float32Array | readonly number[], shape?: readonly number[]): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  sub(a: TfTensor, b: TfTensor): TfTensor;
  div(a: TfTensor, b: number): TfTensor;
  leakyRelu(x: TfTensor, slope: number): TfTensor;
  conv2d(x: TfTensor, filters: TfTensor, strides: number, padding: string): TfTensor;
  separableConv2d(x: TfTensor, depthwise: TfTensor, pointwise: TfTensor, strides: number, padding: string): TfTensor;
  maxPool(x: TfTensor, size: number, strides: number, padding: string): TfTensor;
  readonly io: { decodeWeights(bytes: ArrayBuffer, weights: unknown): object };
}

/** The files of the detector's weights. */
export async function weightFiles() {
  const [manifest, weights] = await Promise.all([
    readFile(new URL("model/tiny_face_detector_model-weights_manifest.json", FOLDER), "utf8"),
    readFile(new URL("model/tiny_face_detector_model.bin", FOLDER)),
  ]);
  return { manifest, weights: new Uint8Array(weights) };
}

/** face-api's own detector, computed by its TensorFlow.js in JavaScript. */
export class OriginalDetector {
  private constructor(
    private readonly tf: TensorFlow,
    private readonly net: Detector,
  ) {}

  static async load(): Promise<OriginalDetector> {
    const source = await readFile(new URL("dist/face-api.js", FOLDER), "utf8");
    // The file is made for pages: it fails if it sees Node's `process`. It warns of each of its kernels if it is loaded twice.
    const { tf, env, TinyFaceDetector }: FaceApi = new Function("process", "console", `${source}; return faceapi;`)(
      ...[undefined, { ...console, warn: () => undefined }],
    );
    const [None, now] = [class {}, () => performance.now()];
    env.setEnv({ Canvas: None, CanvasRenderingContext2D: None, Image: None, ImageData: None, Video: None });
    tf.setPlatform("plain", { now, isTypedArray: ArrayBuffer.isView });
    await tf.setBackend("cpu");
    const { manifest, weights } = await weightFiles();
    const net = new TinyFaceDetector();
    net.loadFromWeightMap(tf.io.decodeWeights(weights.buffer, JSON.parse(manifest)[0].weights));
    return new OriginalDetector(tf, net);
  }

  /** What its network gives: [S / 32, S / 32, 25]. */
  async output({ data, shape }: Picture, size: number): Promise<Float32Array> {
    return (await this.net.forward(this.tf.tensor(Float32Array.from(data), shape), size)).data();
  }

  /** The faces that it finds. */
  async faces({ data, shape }: Picture, size: number): Promise<Face[]> {
    const found = await this.net.locateFaces(this.tf.tensor(Float32Array.from(data), shape), { inputSize: size });
    return found.map(({ score, box: { x, y, width, height } }) => ({ score, x, y, width, height }));
  }

  /**
   * What its network has after each step, by the lines of its source: the first convolution, each pool, and the end.
   *
   * @param x what `prepare` gives: [1, S, S, 3]
   */
  async steps(x: Float32Array, shape: readonly number[]): Promise<Map<string, Float32Array>> {
    const { tf } = this;
    const parameters = (name: string): Convolution => {
      const found = this.net.params[name];
      if (!found) throw new Error(`the original has no ${name}`);
      return found;
    };
    const steps = new Map<string, Float32Array>();
    const mean = tf.tensor([117.001, 114.697, 97.404]);
    let y = tf.div(tf.sub(tf.tensor(x, shape), mean), 255);
    for (const name of ["conv0", "conv1", "conv2", "conv3", "conv4", "conv5"]) {
      const { filters, depthwise_filter, pointwise_filter, bias } = parameters(name);
      y =
        name === "conv0"
          ? tf.conv2d(y, filters, 1, "valid")
          : tf.separableConv2d(y, depthwise_filter, pointwise_filter, 1, "same");
      y = tf.leakyRelu(tf.add(y, bias), 0.1);
      y = tf.maxPool(y, 2, name === "conv5" ? 1 : 2, "same");
      steps.set(name, await y.data());
    }
    const { filters, bias } = parameters("conv8");
    return steps.set("conv8", await tf.add(tf.conv2d(y, filters, 1, "valid"), bias).data());
  }
}
