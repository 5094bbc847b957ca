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
  reduceSum,
  type Shape,
  type Tensor,
  type Tuning,
  type Variable,
  valueAndGradients,
} from "webgpu-cnn";
import {
  type BatchesOptions,
  batches,
  type Dataset,
  decodeSafetensors,
  encodeSafetensors,
  loadCheckpoint,
  saveCheckpoint,
} from "webgpu-cnn/io";
import {
  Adam,
  type BuildOptions,
  type BuildScope,
  type CallContext,
  type CompileOptions,
  Conv2D,
  type Conv2DOptions,
  cosineDecay,
  Dense,
  type FitOptions,
  Flatten,
  Layer,
  Residual,
  Sequential,
} from "webgpu-cnn/nn";
import { zeroPad } from "webgpu-cnn/step-by-step";

/** The user's own layer. It scales its input by a weight. */
class Scale extends Layer {
  readonly kind = "scale";
  #factor: Variable | undefined;

  build(scope: BuildScope, inputShape: Shape): Shape {
    this.#factor = scope.weight("factor", [1], () => Float32Array.of(1));
    return inputShape;
  }

  call(x: Tensor, context: CallContext): Tensor {
    return this.#factor && context.training ? mul(x, this.#factor.value) : x;
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
  const inner: Layer = new Sequential([new Conv2D(convolution), new Scale()]);
  const layers: readonly Layer[] = [
    inner,
    new Residual({ layers: [new Scale()] }),
    new Flatten(),
    new Dense({ units: 10 }),
  ];
  const build: BuildOptions = { inputShape: [28, 28, 1], seed: 1 };
  using model: Sequential = new Sequential(layers).build(backend, build);
  const compile: CompileOptions = {
    optimizer: new Adam({ learningRate: cosineDecay(1e-3, 100) }),
    loss: "softmaxCrossEntropy",
  };
  const fit: FitOptions = { epochs: 2, signal };
  for await (const { loss, accuracy } of model.compile(compile).fit(dataset, fit))
    console.log(loss, accuracy?.toFixed(2));
  await saveCheckpoint("model.safetensors", await model.checkpoint());
  model.restore(await loadCheckpoint("model.safetensors"));
  const { tensors, metadata } = await model.checkpoint();
  model.restore(decodeSafetensors(encodeSafetensors(tensors, metadata)));
}

export function order(dataset: Dataset): number {
  const options: BatchesOptions = { batchSize: 4, seed: 1, epoch: 0 };
  let examples = 0;
  for (const { shape } of batches(dataset, options)) examples += shape[0] ?? 0;
  if (examples === 0) throw new OptionError("no examples");
  return examples;
}
