import type { Plan } from "../../worker/messages.js";

const OPTIMIZERS: Readonly<Record<Plan["method"]["optimizer"], { readonly name: string; readonly more: string }>> = {
  adam: { name: "Adam", more: "" },
  sgd: { name: "SGD", more: "" },
  momentum: { name: "SGD", more: ", momentum: 0.9" },
  rmsprop: { name: "RMSprop", more: "" },
};

/** A program that makes and trains the same network. With the same pictures, it comes to the same bits. */
export function codeOf({ architecture, method }: Plan, steps: number, classes: readonly string[]): string {
  const { input, blocks, activation, dropout } = architecture;
  const [height, width, channels] = input;
  const optimizer = OPTIMIZERS[method.optimizer];
  const names = new Set(["Conv2D", "Dense", "Flatten", "Sequential", "type Dataset", optimizer.name]);
  const layers = blocks.flatMap(({ filters, size, stride, padding, pool }) => {
    const strides = stride === 1 ? "" : ` strides: ${stride},`;
    const convolution = `new Conv2D({ filters: ${filters}, kernelSize: ${size},${strides} padding: "${padding}", activation: "${activation}" })`;
    if (pool === "none") return [convolution];
    const name = pool === "max" ? "MaxPooling2D" : "AveragePooling2D";
    names.add(name);
    return [convolution, `new ${name}()`];
  });
  layers.push("new Flatten()");
  if (dropout > 0) {
    names.add("Dropout");
    layers.push(`new Dropout({ rate: ${dropout} })`);
  }
  layers.push(`new Dense({ units: ${architecture.classes} })`);
  return `import { type Backend, createBackend } from "webgpu-cnn";
import {
${[...names]
  .sort((a, b) => bare(a).localeCompare(bare(b)))
  .map((name) => `  ${name},`)
  .join("\n")}
} from "webgpu-cnn/nn";

/** The names of the classes, in the order of the scores. */
export const CLASSES = ${JSON.stringify(classes)};

/** The network with random weights. */
export function makeNetwork(backend: Backend): Sequential {
  return new Sequential([
${layers.map((layer) => `    ${layer},`).join("\n")}
  ])
    .build(backend, { inputShape: [${height}, ${width}, ${channels}], seed: ${method.seed} })
    .compile({
      optimizer: new ${optimizer.name}({ learningRate: ${method.rate}${optimizer.more} }),
      loss: "softmaxCrossEntropy",
      metrics: ["accuracy"],
    });
}

/**
 * Trains the network.
 *
 * @param data images as bytes, [N, ${height}, ${width}, ${channels}], and labels, the numbers of their classes
 */
export async function train(data: Dataset, steps = ${steps}): Promise<Sequential> {
  const model = makeNetwork(await createBackend());
  const batchSize = Math.min(${method.batch}, data.labels.length);
  if (steps > 0) {
    for await (const { loss } of model.fit(data, { epochs: 10_000, batchSize, dropLast: true })) {
      console.log(model.stepsDone, loss);
      if (model.stepsDone >= steps) break;
    }
  }
  return model;
}
`;
}

const bare = (name: string) => name.replace("type ", "");
