/** A user's program. types.test.ts compiles it against the packed package. It never runs. */

import {
  type Backend,
  type BackendOptions,
  type Conv2dOptions,
  conv2d,
  createBackend,
  maxPool2d,
  mul,
  OptionError,
  type Pool2dOptions,
  type RecordedStep,
  reduceMean,
  reduceSum,
  type Tensor,
  type Tuning,
  type Variable,
  valueAndGradients,
} from "webgpu-cnn";
import { deleteJob, type RoundReport, trainDistributed, workDistributed } from "webgpu-cnn/distributed";
import {
  type BatchesOptions,
  batches,
  type Dataset,
  decodeSafetensors,
  encodeSafetensors,
  loadCheckpoint,
  type SafetensorsFile,
  saveCheckpoint,
  type TensorFile,
} from "webgpu-cnn/io";
import { kerasLayers, loadTfjs } from "webgpu-cnn/keras";
import {
  Adam,
  type BuildScope,
  type CallContext,
  type CompileOptions,
  Conv2D,
  type Conv2DOptions,
  cosineDecay,
  Dense,
  type ExampleShape,
  type FitOptions,
  Flatten,
  type GraphTensor,
  type History,
  input,
  type LabelledImages,
  Layer,
  type LayerConfig,
  loadModel,
  MaxPooling2D,
  Model,
  type ModelFile,
  Residual,
  Sequential,
  type SequentialBuildOptions,
  UpSampling2D,
} from "webgpu-cnn/nn";
import { type ExportOnnxOptions, exportOnnx, type LayerExporter } from "webgpu-cnn/onnx";
import { zeroPad } from "webgpu-cnn/step-by-step";

/** The user's own layer. It scales its input by a weight. */
class Scale extends Layer {
  #factor: Variable | undefined;

  constructor(private readonly first: number) {
    super();
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    this.#factor = scope.weight("factor", [inputShape.at(-1) ?? 1], (shape) =>
      new Float32Array(shape[0] ?? 1).fill(this.first),
    );
  }

  override call(x: Tensor, context: CallContext): Tensor {
    return this.#factor && context.training ? mul(x, this.#factor.value) : x;
  }

  override config(): LayerConfig {
    return { first: this.first };
  }
}

export async function open(tuning: Tuning): Promise<Backend> {
  const options: BackendOptions = { tuning, validate: true };
  return createBackend(options);
}

export function operators(backend: Backend): Tensor {
  const convolution: Conv2dOptions = { padding: "same", strides: [1, 2], activation: "relu" };
  const pool: Pool2dOptions = { windowDimensions: 2 };
  using x = backend.tensor([[1, 2, 3, 4]]);
  const y = maxPool2d(conv2d(zeroPad(x, 1), backend.full([3, 3, 4, 1], 1), convolution), pool);
  y[Symbol.dispose]();
  // @ts-expect-error There is no such padding.
  conv2d(x, x, { padding: "some" });
  return x;
}

export async function recorded(backend: Backend): Promise<Float32Array> {
  using w = backend.variable([1, 2], [2]);
  using step: RecordedStep<{ x: Tensor }, { loss: Tensor }> = backend.record(
    ({ x }: { x: Tensor }) => {
      const { value, gradients } = valueAndGradients((p) => reduceSum(mul(p.w, x)), { w: w.value });
      w.assign(gradients.w);
      return { loss: value };
    },
    { x: backend.zeros([2]) },
  );
  const { loss } = step.run({ x: Float32Array.of(1, 2) });
  // @ts-expect-error The step has no such input.
  step.run({ z: loss });
  return loss.read();
}

export async function train(backend: Backend, dataset: Dataset, signal: AbortSignal): Promise<void> {
  const convolution: Conv2DOptions = { filters: 8, kernelSize: 3, padding: "same" };
  const inner: Layer = new Sequential([new Conv2D(convolution), new Scale(1)]);
  const layers: readonly Layer[] = [
    inner,
    new Residual({ layers: [new Scale(2)] }),
    new Flatten(),
    new Dense({ units: 10 }),
  ];
  const build: SequentialBuildOptions = { inputShape: [28, 28, 1], seed: 1 };
  using model: Sequential = new Sequential(layers).build(backend, build);
  const compile: CompileOptions = {
    optimizer: new Adam({ learningRate: cosineDecay(1e-3, 100) }),
    loss: "softmaxCrossEntropy",
    metrics: ["accuracy", { name: "topK", k: 3 }, (output) => reduceMean(output)],
  };
  const fit: FitOptions = { epochs: 2, signal, reportEvery: 10 };
  for await (const { epoch, loss, metrics, validation } of model.compile(compile).fit(dataset, fit))
    console.log(epoch, loss, metrics["accuracy"]?.toFixed(2), validation?.loss);
  const history: History = await model.fit(dataset, { validationSplit: 0.1, earlyStopping: { patience: 2 } });
  console.log(history.map(({ validation }) => validation?.metrics["accuracy"]));
  const checkpoint: ModelFile = await model.checkpoint();
  await saveCheckpoint("model.safetensors", checkpoint);
  const file: SafetensorsFile = await loadCheckpoint("model.safetensors");
  model.restore(file);
  model.restore(decodeSafetensors(encodeSafetensors(checkpoint)));
  const again: TensorFile = { ...checkpoint, metadata: { ...checkpoint.metadata, note: "mine" } };
  model.loadWeights(decodeSafetensors(encodeSafetensors(again)), { strict: false });
  // @ts-expect-error The metadata are a part of the file, not a second argument.
  encodeSafetensors({ tensors: checkpoint.tensors }, checkpoint.metadata);
  using loaded: Model = await loadModel(file, backend, { layers: { Scale } });
  const { shape, data } = await loaded.predictAll(dataset);
  console.log(shape, data);
}

export async function loaded(backend: Backend, modelJson: string, weights: ArrayBuffer): Promise<Model> {
  const model: Model = await loadTfjs({ modelJson, weights }, backend, { layers: { Scale } });
  return loadModel(await model.save(), backend, { layers: { ...kerasLayers, Scale } });
}

export async function graph(backend: Backend, images: Tensor): Promise<Tensor> {
  const x: GraphTensor = input([64, 64, null]);
  const down = new MaxPooling2D().apply(x);
  const up = new UpSampling2D({ size: 2 }).apply(down);
  const both = new Model({ inputs: { x }, outputs: { up, down } }).build(backend, { seed: 1 });
  const { up: y } = both.predict({ x: images });
  // @ts-expect-error The model has no such output.
  both.predict({ x: images }).sideways.dispose();
  return y;
}

export async function exported(model: Sequential, several: Model<{ up: GraphTensor }>): Promise<number> {
  const scale: LayerExporter = (scope, layer, [x]) =>
    scope.node("Mul", [x && scope.channelsLast(x), scope.weight(layer, "factor")], { channelsFirst: false });
  const options: ExportOnnxOptions = {
    batch: "dynamic",
    layout: "nhwc",
    weights: "float16",
    opset: 18,
    layers: { Scale: scale },
  };
  const bytes: Uint8Array = await exportOnnx(model, options);
  // @ts-expect-error There is no such layout.
  await exportOnnx(several, { layout: "hwc" });
  return bytes.length + (await exportOnnx(several)).length;
}

export function order(dataset: Dataset): number {
  const options: BatchesOptions = { batchSize: 4, seed: 1, epoch: 0 };
  let examples = 0;
  for (const { shape } of batches(dataset, options)) examples += shape[0] ?? 0;
  if (examples === 0) throw new OptionError("no examples");
  return examples;
}

/** Trains a model on many machines. */
export async function distributed(model: Sequential, backend: Backend, data: LabelledImages): Promise<RoundReport[]> {
  const where = { servers: ["nats://one:4222", "nats://two:4222"], job: "digits", authentication: { token: "secret" } };
  const worker = workDistributed({ ...where, backend, data, onReplica: ({ round }) => console.log(round) });
  const reports: RoundReport[] = [];
  for await (const report of await trainDistributed({ ...where, model, data, replicas: 4, localSteps: 8 })) {
    reports.push(report);
  }
  const { replicas }: { readonly replicas: number } = await worker;
  console.log(replicas);
  await deleteJob(where);
  return reports;
}
