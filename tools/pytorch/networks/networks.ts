import {
  Activation,
  Add,
  Concatenate,
  Conv2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  type GraphTensor,
  type GraphTensors,
  type Layer,
  MaxPooling2D,
  Model,
  Multiply,
  Sequential,
  UpSampling2D,
} from "webgpu-cnn/nn";
import { sameShape } from "../../../src/core/shape.js";
import {
  activation,
  anyLayer,
  batchNormalization,
  type Image,
  layerNormalization,
  residual,
  steady,
} from "./layers.js";
import type { Point, Sketch } from "./sketch.js";

/** A network: its inputs, and its outputs. */
export interface Network {
  readonly model: Model<GraphTensors>;
  /** The shapes of one example, in the order of the model's inputs and outputs. */
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
}

export const KINDS = ["sequential", "residual", "branching", "shared", "twoInputs", "twoOutputs", "unet"] as const;

export type Kind = (typeof KINDS)[number];

/** Draws a network. */
export function network(sketch: Sketch, kind: Kind): Network {
  return NETWORKS[kind](sketch);
}

const NETWORKS: Readonly<Record<Kind, (sketch: Sketch) => Network>> = {
  sequential(sketch) {
    const x = newInput(sketch);
    const y = head(sketch, blocks(sketch, x, 4));
    return { model: chainOf(y.layers), inputs: [x.shape], outputs: [y.point.shape] };
  },
  residual(sketch) {
    const x = newInput(sketch);
    const { point, layers } = one(sketch, x, (image) => residual(sketch.draw, image));
    const second = one(sketch, point, (image) => residual(sketch.draw, image));
    const y = head(sketch, { point: second.point, layers: [...layers, ...second.layers] });
    return { model: chainOf(y.layers), inputs: [x.shape], outputs: [y.point.shape] };
  },
  branching(sketch) {
    const x = newInput(sketch);
    const stem = blocks(sketch, x, 1).point;
    const [a, b] = [steadyBlock(sketch, stem), steadyBlock(sketch, steadyBlock(sketch, stem))];
    const joined = merge(sketch, sketch.draw.chance(0.3) ? [a, b, stem] : [a, b]);
    return graph([x], [head(sketch, blocks(sketch, joined, 1)).point]);
  },
  shared(sketch) {
    const x = newInput(sketch);
    const stem = blocks(sketch, x, 1).point;
    const image = imageOf(stem);
    const { draw } = sketch;
    const layer = draw.chance(0.5)
      ? new Sequential([steady(draw, image), batchNormalization(draw)])
      : new Conv2D({ filters: image[2], kernelSize: 3, padding: "same", activation: activation(draw) });
    const once = sketch.grow([stem], () => layer);
    const twice = sketch.grow([once], () => layer);
    const y = draw.chance(0.5) ? twice : merge(sketch, [once, twice]);
    return graph([x], [head(sketch, blocks(sketch, y, 1)).point]);
  },
  twoInputs(sketch) {
    const shape = imageShape(sketch);
    const [a, b] = [sketch.input(shape, "left"), sketch.input(shape, "right")];
    const encoder = chainOf(blocks(sketch, sketch.input(shape), 2).layers);
    const codes = [a, b].map((x) => sketch.grow([x], () => encoder));
    return graph([a, b], [head(sketch, blocks(sketch, merge(sketch, codes), 1)).point]);
  },
  twoOutputs(sketch) {
    const x = newInput(sketch);
    const stem = blocks(sketch, x, 2);
    return graph(
      [x],
      [head(sketch, stem).point, head(sketch, blocks(sketch, stem.point, 1)).point],
      ["first", "second"],
    );
  },
  unet(sketch) {
    const { draw } = sketch;
    const x = sketch.input([draw.pick([4, 6, 8]), draw.pick([4, 6]), draw.integer(1, 3)]);
    const conv = (filters: number) =>
      new Conv2D({ filters, kernelSize: 3, padding: "same", activation: activation(draw) });
    const down = sketch.grow([x], () => conv(draw.integer(2, 4)));
    const low = steadyBlock(
      sketch,
      sketch.grow([down], () => new MaxPooling2D()),
    );
    const up = sketch.grow([low], () => new UpSampling2D({ interpolation: draw.pick(["nearest", "bilinear"]) }));
    const joined = sketch.grow([sketch.grow([up, down], () => new Concatenate())], () => conv(draw.integer(2, 4)));
    const y = sketch.grow([joined], () => new Conv2D({ filters: draw.integer(2, 3), kernelSize: 1 }));
    return graph([x], [ending(sketch, y).point]);
  },
};

/** A part of a network: its end, and its layers if it is a chain. */
interface Part {
  readonly point: Point;
  readonly layers: readonly Layer[];
}

function imageShape({ draw }: Sketch): readonly number[] {
  return [draw.integer(4, 8), draw.integer(4, 8), draw.integer(1, 3)];
}

function newInput(sketch: Sketch): Point {
  return sketch.input(imageShape(sketch));
}

function imageOf({ shape }: Point): Image {
  const [h = 1, w = 1, c = 1] = shape;
  return [h, w, c];
}

function one(sketch: Sketch, x: Point, make: (image: Image) => Layer): Part {
  let layer: Layer | undefined;
  const point = sketch.grow([x], () => {
    layer = make(imageOf(x));
    return layer;
  });
  return { point, layers: layer ? [layer] : [] };
}

/** From one to `most` layers of images. */
function blocks(sketch: Sketch, x: Point, most: number): Part {
  let part: Part = { point: x, layers: [] };
  for (let i = sketch.draw.integer(1, most); i > 0; i--) {
    const { point, layers } = one(sketch, part.point, (image) => anyLayer(sketch.draw, image));
    part = { point, layers: [...part.layers, ...layers] };
  }
  return part;
}

function steadyBlock(sketch: Sketch, x: Point): Point {
  return sketch.grow(
    [x],
    () => steady(sketch.draw, imageOf(x)),
    (shape) => sameShape(shape, x.shape),
  );
}

function merge(sketch: Sketch, points: readonly Point[]): Point {
  return sketch.grow(points, () =>
    sketch.draw.pick([new Add(), new Multiply(), new Concatenate(), new Concatenate({ axis: 1 })]),
  );
}

/** From an image to the output. */
function head(sketch: Sketch, { point, layers }: Part): Part {
  const { draw } = sketch;
  let part: Part = { point, layers };
  const add = (make: () => Layer) => {
    const next = one(sketch, part.point, make);
    part = { point: next.point, layers: [...part.layers, ...next.layers] };
  };
  const keepDims = draw.chance(0.3);
  add(() => draw.pick([new Flatten(), new GlobalAveragePooling2D({ keepDims }), new GlobalMaxPooling2D({ keepDims })]));
  if (part.point.shape.length > 1) add(() => new Flatten());
  if (draw.chance(0.5)) add(() => new Dense({ units: draw.integer(3, 6), activation: activation(draw) }));
  if (draw.chance(0.3)) add(() => draw.pick([batchNormalization, layerNormalization])(draw));
  add(() => new Dense({ units: draw.integer(2, 4) }));
  const { point: end, layers: last } = ending(sketch, part.point);
  return { point: end, layers: [...part.layers, ...last] };
}

/** Chooses the loss, and what it needs: dice takes probabilities. */
function ending(sketch: Sketch, y: Point): Part {
  if (sketch.loss() !== "dice") return { point: y, layers: [] };
  return one(sketch, y, () => new Activation(sketch.draw.pick(["sigmoid", "softmax"])));
}

function chainOf(layers: readonly Layer[]): Sequential {
  return new Sequential(layers);
}

function graph(inputs: readonly Point[], outputs: readonly Point[], names?: readonly string[]): Network {
  const tensors = ({ tensor }: Point): GraphTensor => tensor;
  const model: Model<GraphTensors> = names
    ? new Model({
        inputs: inputs.map(tensors),
        outputs: Object.fromEntries(outputs.map((point, i) => [names[i] ?? "", point.tensor])),
      })
    : new Model({ inputs: inputs.map(tensors), outputs: outputs.map(tensors) });
  const shapes = ({ shape }: Point) => shape;
  return { model, inputs: inputs.map(shapes), outputs: outputs.map(shapes) };
}
