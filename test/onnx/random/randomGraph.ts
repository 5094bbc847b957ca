import { existing } from "../../../src/core/objects.js";
import { elementsOf } from "../../../src/core/shape.js";
import type { Draw } from "../../../tools/pytorch/networks/draw.js";
import { channelsLast, type HostTensor } from "../support/arrays.js";
import { type AttributeValue, type FileArray, type FileContents, type FileNode, ints } from "../support/files.js";
import { randomTensor } from "../support/models.js";

/** A tensor of the graph. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

/** More elements than this make a test slow. */
const MOST_ELEMENTS = 3000;

/** A graph that grows node by node. All of its values have known shapes. */
export class RandomGraph {
  readonly nodes: FileNode[] = [];
  readonly #initializers: Record<string, FileArray> = {};
  readonly #values: Value[] = [];
  readonly #input: readonly number[];

  constructor(
    readonly draw: Draw,
    private readonly seed: number,
  ) {
    this.#input = [2, draw.pick([2, 3, 4, 6]), draw.pick([3, 4, 6]), draw.pick([2, 4, 6])];
    this.#values.push({ name: "x", shape: this.#input });
    // Nothing else takes x, since a Transpose alone would tell that its channels lie last.
    this.node("Neg", [existing(this.#values.pop())], this.#input);
  }

  /** A value of the graph. The last ones come more often. */
  pick(fits: (value: Value) => boolean = () => true): Value | undefined {
    const found = this.#values.filter(fits);
    if (found.length === 0) return undefined;
    return this.draw.chance(0.6) ? found.at(-1) : this.draw.pick(found);
  }

  /** A constant, or one of this shape that the graph already has. */
  constant(shape: readonly number[], least = -1): Value {
    const known = Object.entries(this.#initializers).filter(
      ([name, array]) => array.shape.join() === shape.join() && name.startsWith(`w${least}`),
    );
    if (known.length > 0 && this.draw.chance(0.4)) return { name: this.draw.pick(known)[0], shape };
    const name = `w${least}_${Object.keys(this.#initializers).length}`;
    const { data } = randomTensor(shape, this.seed + Object.keys(this.#initializers).length);
    const scale = 1 / Math.sqrt(Math.max(1, elementsOf(shape.slice(0, -1))));
    const values = data.map((value) =>
      least < 0 ? value * (shape.length > 1 ? 2 * scale : 1) : least + Math.abs(value),
    );
    this.#initializers[name] = { shape, data: values };
    return { name, shape };
  }

  integers(...values: readonly number[]): Value {
    const name = `i${Object.keys(this.#initializers).length}`;
    this.#initializers[name] = ints(...values);
    return { name, shape: [values.length] };
  }

  /** Adds a node with one output. Undefined if this would have too many elements. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    shape: readonly number[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Value | undefined {
    return this.nodeOf(op, inputs, [shape], attributes)?.[0];
  }

  nodeOf(
    op: string,
    inputs: readonly (Value | undefined)[],
    shapes: readonly (readonly number[])[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): readonly Value[] | undefined {
    if (shapes.some((shape) => elementsOf(shape) > MOST_ELEMENTS || shape.length > 5)) return undefined;
    const made = shapes.map((shape, i) => ({ name: `v${this.nodes.length}_${i}`, shape }));
    this.nodes.push({
      ...{ op, attributes, inputs: inputs.map((input) => input?.name ?? "") },
      outputs: made.map(({ name }) => name),
    });
    this.#values.push(...made);
    return made;
  }

  /** The file, with the last values as outputs. */
  contents(opset: number): FileContents {
    const outputs = this.#values.slice(-3).flatMap((value) => this.node("Tanh", [value], value.shape)?.name ?? []);
    return { nodes: this.nodes, inputs: { x: this.#input }, outputs, initializers: this.#initializers, opset };
  }

  /** Values for the input, as the file has them. */
  get input(): HostTensor {
    return randomTensor(this.#input, this.seed);
  }

  /** The same as the library takes them. */
  get image(): HostTensor {
    return channelsLast(this.input);
  }
}
