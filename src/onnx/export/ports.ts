import { existing } from "../../core/objects.js";
import type { ExampleShape } from "../../nn/graph/extents.js";
import { isNode } from "../../nn/graph/graphTensor.js";
import type { GraphTensors } from "../../nn/modelTypes.js";
import type { Network } from "../../nn/network.js";
import type { Port } from "./contents.js";
import type { Traced } from "./scope.js";

/** The inputs or the outputs of a graph. */
interface Named {
  readonly names: readonly string[];
  readonly values: readonly Traced[];
}

/**
 * The inputs and outputs of a file.
 *
 * @param batch the number of examples, or a name for any number
 */
export function portsOf(model: Network<GraphTensors>, batch: number | string, inputs: Named, outputs: Named) {
  const isOnly = inputs.names.length === 1;
  return {
    inputs: inputs.values.map((x, i) => {
      const name = existing(inputs.names[i]);
      return portOf(name, firstExtent(model, i) ?? batch, x, isOnly ? "" : `${name}_`);
    }),
    outputs: outputs.values.map((x, i) => {
      const name = existing(outputs.names[i]);
      // Layers that come from ONNX files may put the examples elsewhere.
      return portOf(name, model.keepsExamples ? batch : `${name}_rows`, x, `${name}_`);
    }),
  };
}

/** @param prefix of the names of extents that vary */
function portOf(name: string, first: number | string, { shape, extents, channelsFirst }: Traced, prefix: string): Port {
  const isScalar = existing(extents.trials[0]).length === 0;
  return { name, extents: isScalar ? [] : [first, ...dimensions(shape, channelsFirst, prefix)] };
}

/** The first extent of an input, if the model fixes it. */
function firstExtent(model: Network<GraphTensors>, i: number): number | undefined {
  const source = existing(model.graph.inputs[i]).source;
  return (isNode(source) ? undefined : source.whole?.[0]) ?? undefined;
}

/** The extents of an example, with names for those that vary. */
function dimensions(shape: ExampleShape, channelsFirst: boolean, prefix: string): readonly (number | string)[] {
  const names = shape.length === 3 ? ["height", "width", "channels"] : shape.map((_, i) => `extent${i + 1}`);
  const extents = shape.map((extent, i) => extent ?? `${prefix}${names[i]}`);
  const [height = 1, width = 1, channels = 1] = extents;
  return channelsFirst ? [channels, height, width] : extents;
}
