import { type Backend, ShapeError } from "webgpu-cnn";
import { type GraphTensor, input, type Layer, type LossName, Model } from "webgpu-cnn/nn";
import { elementsOf } from "../../../src/core/shape.js";
import { LOSSES } from "../../../src/nn/losses.js";
import type { Draw } from "./draw.js";

/** A tensor of a network that is being drawn, with the shape of one example. */
export interface Point {
  readonly tensor: GraphTensor;
  readonly shape: readonly number[];
}

/** Larger tensors are refused: networks stay small. */
const MOST_VALUES = 400;

/** A network that is being drawn. */
export class Sketch {
  /** The losses of the outputs so far. */
  readonly losses: LossName[] = [];

  constructor(
    readonly backend: Backend,
    readonly draw: Draw,
  ) {}

  /** Chooses the loss of the next output. */
  loss(): LossName {
    const loss = this.draw.pick(LOSSES);
    this.losses.push(loss);
    return loss;
  }

  input(shape: readonly number[], name?: string): Point {
    return { tensor: input(shape, { name }), shape };
  }

  /**
   * Adds a layer. The library itself tells the shape of its output.
   *
   * @returns undefined if the layer does not take these inputs, or its output is too large
   */
  after(layer: Layer, points: readonly Point[]): Point | undefined {
    const wasBuilt = layer.isBuilt;
    const shape = this.#shapeAfter(layer, points);
    if (wasBuilt !== layer.isBuilt) throw new Error(`${layer.kind}: a model that is gone keeps its weights`);
    if (!shape || elementsOf(shape) > MOST_VALUES) return undefined;
    return { tensor: layer.apply(points.map(({ tensor }) => tensor)), shape };
  }

  /** Adds the first layer that fits, of those that `make` draws. */
  grow(points: readonly Point[], make: () => Layer, fits: (shape: readonly number[]) => boolean = () => true): Point {
    for (let tries = 0; tries < 200; tries++) {
      const next = this.#tried(make(), points, fits);
      if (next) return next;
    }
    throw new Error(`no layer fits after [${points.map(({ shape }) => shape.join(", ")).join("] and [")}]`);
  }

  #tried(layer: Layer, points: readonly Point[], fits: (shape: readonly number[]) => boolean): Point | undefined {
    const shape = this.#shapeAfter(layer, points);
    if (!shape || !fits(shape)) return undefined;
    return this.after(layer, points);
  }

  #shapeAfter(layer: Layer, points: readonly Point[]): readonly number[] | undefined {
    const inputs = points.map(({ shape }) => input(shape));
    const model = new Model({ inputs, outputs: layer.apply(inputs) });
    try {
      model.build(this.backend);
      return this.backend.tidy(() => {
        const x = points.map(({ shape }) => this.backend.zeros([1, ...shape]));
        return model.predict(x).shape.slice(1);
      });
    } catch (error) {
      if (error instanceof ShapeError) return undefined;
      throw error;
    } finally {
      model.dispose();
    }
  }
}
