import type { Backend } from "../../core/backend.js";
import type { Shape } from "../../core/shape.js";
import type { Graph } from "../graph/graph.js";
import { type Extents, traced } from "../graph/trace.js";
import type { Layer } from "../layer.js";
import { partsOf } from "../layer.js";
import { Dense } from "../layers/dense.js";
import { Flatten } from "../layers/shaping.js";
import { Network } from "../network.js";
import { weightsOf } from "../weights.js";
import type { FlattenedInputs } from "./pytorch.js";

/** A tensor of the graph, and the image that it was before a Flatten. */
interface Traced {
  readonly extents: Extents;
  readonly image: Shape | undefined;
}

/** Finds the Dense layers that come after a Flatten, with nothing but layers without weights between. */
export function flattenedInputs(
  model: Layer & { readonly graph: Graph },
  backend: Backend,
  inputs: readonly Extents[],
): FlattenedInputs {
  const names = new Map([...weightsOf(model)].map(([name, { variable }]) => [variable, name]));
  const found = new Map<string, Shape>();
  const walk = (graph: Graph, given: readonly Traced[]): readonly Traced[] =>
    graph.walk(given, ({ layer }, x) => {
      if (layer instanceof Network) return walk(layer.graph, x);
      const [first] = x;
      const kernel = layer instanceof Dense ? partsOf(layer).weights.get("kernel") : undefined;
      const name = kernel && names.get(kernel.variable);
      if (name !== undefined && first?.image) found.set(name, first.image);
      const isPlain = partsOf(layer).weights.size === 0 && layer.parts.length === 0 && x.length === 1;
      const image = layer instanceof Flatten ? imageOf(first) : isPlain ? first?.image : undefined;
      const outputs = traced(
        backend,
        layer,
        x.map(({ extents }) => extents),
      );
      return outputs.map((extents) => ({ extents, image }));
    });
  walk(
    model.graph,
    inputs.map((extents) => ({ extents, image: undefined })),
  );
  return found;
}

function imageOf(x: Traced | undefined): Shape | undefined {
  const shape = x?.extents.example.filter((extent) => extent !== null) ?? [];
  return shape.length === 3 ? shape : undefined;
}
