import type { HostTensor, OnnxFile, OnnxNode } from "../format/onnxFile.js";
import { reshaped } from "../host/arrays.js";
import { present } from "../host/present.js";

/** The nodes of a file with some groups of nodes replaced by single ones that compute the same. */
export class Patterns {
  readonly #nodes: Map<string, OnnxNode>;
  readonly #users = new Map<string, OnnxNode[]>();
  readonly #outputs: ReadonlySet<string>;
  readonly #biases = new Map<HostTensor, HostTensor>();

  constructor(
    private readonly file: OnnxFile,
    readonly constants: Map<string, HostTensor>,
  ) {
    this.#nodes = new Map(file.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    this.#outputs = new Set(file.outputs.map(({ name }) => name));
    for (const node of file.nodes) for (const input of new Set(node.inputs)) this.#addUser(input, node);
  }

  /** The nodes that outputs depend on, in the order of the file. */
  get nodes(): readonly OnnxNode[] {
    for (const node of this.file.nodes) {
      if (node.domain !== "" || node.outputs.length !== 1) continue;
      const replaced = this.#replacement(node);
      if (replaced) this.#nodes.set(present(node.outputs[0]), replaced);
    }
    const wanted = new Set<OnnxNode>();
    const waiting = [...this.#outputs];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const node = this.#nodes.get(name);
      if (!node || wanted.has(node)) continue;
      wanted.add(node);
      waiting.push(...node.inputs);
    }
    const inOrder = this.file.nodes.map((node) => this.#nodes.get(node.outputs[0] ?? "") ?? node);
    return inOrder.filter((node) => wanted.has(node));
  }

  /** The only node that takes a value. Undefined if there are others, or it is an output of the graph. */
  onlyUser(name: string | undefined): OnnxNode | undefined {
    if (name === undefined || this.#outputs.has(name)) return undefined;
    const users = this.#users.get(name) ?? [];
    return users.length === 1 ? users[0] : undefined;
  }

  /** Whether a node takes a value, or it is an output of the graph. */
  isUsed(name: string | undefined): boolean {
    return name !== undefined && name !== "" && (this.#outputs.has(name) || (this.#users.get(name)?.length ?? 0) > 0);
  }

  #addUser(name: string, node: OnnxNode): void {
    const users = this.#users.get(name) ?? [];
    users.push(node);
    this.#users.set(name, users);
  }

  #replacement(node: OnnxNode): OnnxNode | undefined {
    if (node.op === "Add") return this.#withBias(node);
    if (node.op === "Mul") return this.#swish(node) ?? this.#gelu(node);
    return node.op === "Div" ? this.#hardSwish(node) : undefined;
  }

  /** Conv or MatMul, then Add of a constant: the constant is a bias. */
  #withBias(node: OnnxNode): OnnxNode | undefined {
    const [product, name] = this.#constantAndOther(node);
    const maker = product === undefined ? undefined : this.#nodes.get(product);
    const bias = name === undefined ? undefined : this.constants.get(name);
    if (!maker || !bias || maker.domain !== "" || this.onlyUser(product) !== node || maker.inputs[2]) return undefined;
    const filter = this.constants.get(maker.inputs[1] ?? "");
    if (!filter || !name) return undefined;
    const axes = filter.shape.length;
    const isConv = maker.op === "Conv" && axes > 2;
    const isProduct = maker.op === "MatMul" && axes === 2;
    if (!isConv && !isProduct) return undefined;
    const channels = present(isConv ? filter.shape[0] : filter.shape[1]);
    const whole = isConv ? [channels, ...filter.shape.slice(2).map(() => 1)] : [channels];
    const fits = bias.shape.slice(-whole.length).join() === whole.join() && bias.data.length === channels;
    // More axes than the product's would make it larger. A MatMul has at least two axes.
    if (!fits || bias.shape.length > axes) return undefined;
    const list = this.#biases.get(bias) ?? reshaped(bias, [channels]);
    this.#biases.set(bias, list);
    const added = `${name} as bias of ${present(node.outputs[0])}`;
    this.constants.set(added, list);
    this.#users.set(present(product), []);
    const [x = "", w = ""] = maker.inputs;
    const made = { ...maker, inputs: [x, w, added], outputs: node.outputs };
    return made;
  }

  /** x · sigmoid(x) */
  #swish(node: OnnxNode): OnnxNode | undefined {
    for (const [x, other] of bothWays(node)) {
      const gate = this.#nodes.get(other);
      if (gate?.op === "Sigmoid" && gate.domain === "" && gate.inputs[0] === x) return single(node, "Swish", x);
    }
    return undefined;
  }

  /** x · clip(x + 3, 0, 6) / 6 */
  #hardSwish(node: OnnxNode): OnnxNode | undefined {
    const [name = "", divisor = ""] = node.inputs;
    const product = this.#nodes.get(name);
    if (!this.#is(divisor, 6) || product?.op !== "Mul") return undefined;
    for (const [x, other] of bothWays(product)) {
      const clip = this.#nodes.get(other);
      if (clip?.op !== "Clip" || !this.#limit(clip, "min", 1, 0) || !this.#limit(clip, "max", 2, 6)) continue;
      const sum = this.#nodes.get(clip.inputs[0] ?? "");
      const found = sum?.op === "Add" && bothWays(sum).some(([a, b]) => a === x && this.#is(b, 3));
      if (found) return single(node, "HardSwish", x);
    }
    return undefined;
  }

  /** x · (1 + erf(x / √2)) / 2, in any order of the products */
  #gelu(node: OnnxNode): OnnxNode | undefined {
    for (const [first, second] of bothWays(node)) {
      const x = this.#isHalf(second) ? this.#factorOfError(first) : this.#errorAndOther(first, second);
      if (x !== undefined) return single(node, "Gelu", x);
    }
    return undefined;
  }

  #isHalf(name: string): boolean {
    return this.#is(name, 0.5);
  }

  /** x, if a value is x · (1 + erf(x / √2)). */
  #factorOfError(name: string): string | undefined {
    const product = this.#nodes.get(name);
    if (product?.op !== "Mul") return undefined;
    return bothWays(product).find(([x, error]) => this.#isError(error, x))?.[0];
  }

  /** x, if one value is x / 2 and the other 1 + erf(x / √2), or one is x and the other (1 + erf(x / √2)) / 2. */
  #errorAndOther(first: string, second: string): string | undefined {
    const half = this.#halfOf(first);
    if (half !== undefined && this.#isError(second, half)) return half;
    const error = this.#halfOf(second);
    return error !== undefined && this.#isError(error, first) ? first : undefined;
  }

  #halfOf(name: string): string | undefined {
    const product = this.#nodes.get(name);
    if (product?.op === "Div" && this.#is(product.inputs[1] ?? "", 2)) return product.inputs[0];
    if (product?.op !== "Mul") return undefined;
    return bothWays(product).find(([, half]) => this.#isHalf(half))?.[0];
  }

  /** Whether a value is 1 + erf(x / √2). */
  #isError(name: string, x: string): boolean {
    const sum = this.#nodes.get(name);
    if (sum?.op !== "Add") return false;
    return bothWays(sum).some(([error, one]) => {
      const erf = this.#nodes.get(error);
      const scaled = erf?.op === "Erf" ? this.#nodes.get(erf.inputs[0] ?? "") : undefined;
      if (!this.#is(one, 1) || !scaled) return false;
      if (scaled.op === "Div") return scaled.inputs[0] === x && this.#is(scaled.inputs[1] ?? "", Math.SQRT2);
      return scaled.op === "Mul" && bothWays(scaled).some(([a, b]) => a === x && this.#is(b, Math.SQRT1_2));
    });
  }

  /** Whether a value is a number, as far as float32 tells. */
  #is(name: string, number: number): boolean {
    const constant = this.constants.get(name);
    if (constant?.data.length !== 1) return false;
    return Math.abs(present(constant.data[0]) - number) <= 1e-6 * number;
  }

  #limit({ attributes, inputs }: OnnxNode, name: string, input: number, number: number): boolean {
    const attribute = attributes.get(name);
    if (attribute?.type === "float") return attribute.value === number;
    return this.constants.get(inputs[input] ?? "")?.data[0] === number;
  }

  #constantAndOther(node: OnnxNode): readonly [string | undefined, string | undefined] {
    return bothWays(node).find(([a, b]) => this.constants.has(b) && !this.constants.has(a)) ?? [undefined, undefined];
  }
}

function bothWays({ inputs: [a = "", b = ""] }: OnnxNode): readonly (readonly [string, string])[] {
  return [
    [a, b],
    [b, a],
  ];
}

function single(node: OnnxNode, op: string, x: string): OnnxNode {
  return { ...node, op, inputs: [x], attributes: new Map() };
}
