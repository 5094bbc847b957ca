import type { Shape } from "../../core/shape.js";
import type { Layer } from "../../nn/layer.js";
import type { ConfigReader } from "./configReader.js";

/** A weight of a layer: its name here, and in Keras's files. */
export interface KerasWeight {
  readonly own: string;
  /** Its names in the versions of Keras. */
  readonly keras: readonly string[];
  /** The shape here of a shape in the file. The same if left out. */
  readonly shape?: ((shape: Shape) => Shape) | undefined;
}

/** What a layer of a file becomes. */
export interface Conversion {
  /** Layers one after the other. The first has the weights. None if the layer does nothing. */
  readonly layers: readonly Layer[];
  /** In the order in which Keras lists them. */
  readonly weights: readonly KerasWeight[];
  /** Weights of the file, after the others, that the layer does not have here. */
  readonly surplus?: readonly string[] | undefined;
  /** An axis that must be the last one. It shows only when the shapes are known. */
  readonly lastAxis?: number | undefined;
}

export type Converter = (reader: ConfigReader, name: string) => Conversion;

/** A layer without weights. */
export function plain(make: (reader: ConfigReader, name: string) => Layer): Converter {
  return (reader, name) => ({ layers: [make(reader, name)], weights: [] });
}

export function weight(own: string, ...keras: readonly string[]): KerasWeight {
  return { own, keras: keras.length > 0 ? keras : [own] };
}

/** Keras's depthwise kernels are [R, S, C, M], and [R, S, 1, C · M] here, in the same order. */
export const DEPTHWISE = (shape: Shape): Shape => {
  const [r = 1, s = 1, c = 1, m = 1] = shape;
  return shape.length === 4 ? [r, s, 1, c * m] : shape;
};
