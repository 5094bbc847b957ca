import type { Backend } from "../../core/backend.js";
import { FileFormatError, OptionError, ShapeError, show } from "../../core/errors.js";
import type { Building } from "../../nn/buildScope.js";
import { GraphTensor, isNode } from "../../nn/graph/graphTensor.js";
import { extentsOf, extentsOfWhole } from "../../nn/graph/trace.js";
import type { HostTensor, OnnxFile, OnnxNode, OnnxPort } from "../format/onnxFile.js";
import { HostAttributes, plainAttributes } from "../host/attributes.js";
import { isHostOperator, runHostOperator } from "../host/operators.js";
import { channelsLast, type Order, plainOrder } from "../host/orders.js";
import { present } from "../host/present.js";
import type { HostValue } from "../host/program.js";
import { constantsOf } from "./constants.js";
import { Emitter } from "./emitter.js";
import { layerName } from "./names.js";
import { NodeScope, Unsupported } from "./nodeScope.js";
import { activation } from "./nodes/elementwise.js";
import { NODE_KINDS } from "./nodes/table.js";
import { Patterns } from "./patterns.js";
import { constantIn, type Device, isDevice, type Value } from "./values.js";

/** How a file is read. */
export interface LowerOptions {
  /** Of images at the edges of the model. */
  readonly layout: "nhwc" | "nchw";
  /** The number of examples that the file fixes, if the first axis of inputs is to be free all the same. */
  readonly fixedExamples: number | undefined;
}

/** The graph of a file, its layers built. */
export interface Lowered {
  readonly inputs: readonly (readonly [name: string, tensor: GraphTensor])[];
  readonly outputs: readonly (readonly [name: string, device: Device])[];
}

/**
 * Makes the layers of a file, with their weights on the backend.
 *
 * @throws OptionError that lists all nodes that cannot be expressed; FileFormatError if the nodes do not fit each other
 */
export function lower(file: OnnxFile, backend: Backend, building: Building, options: LowerOptions): Lowered {
  return new Lowering(file, backend, building, options).result();
}

class Lowering {
  readonly #values = new Map<string, Value>();
  readonly #failed: string[] = [];
  readonly #patterns: Patterns;
  readonly #inputs: readonly (readonly [name: string, tensor: GraphTensor])[];
  readonly #emitter: Emitter;
  /** Nodes that are one layer with the Relu behind them, and these. */
  readonly #fused = new Set<OnnxNode>();

  constructor(
    private readonly file: OnnxFile,
    backend: Backend,
    building: Building,
    private readonly options: LowerOptions,
  ) {
    this.#patterns = new Patterns(file, constantsOf(file));
    this.#inputs = file.inputs.map((port) => [port.name, this.#input(port)]);
    const [first] = file.inputs;
    const anchor = first && this.#values.get(first.name);
    this.#emitter = new Emitter(backend, building, isDevice(anchor) ? anchor : undefined);
  }

  result(): Lowered {
    const { nodes, constants } = this.#patterns;
    for (const [name, tensor] of constants) this.#values.set(name, { form: "constant", tensor });
    for (const node of nodes) this.#find(node);
    for (const node of nodes) this.#lower(node);
    if (this.#failed.length > 0) {
      throw new OptionError(
        `loadOnnx: ${this.#failed.length} of the file's nodes cannot be expressed: ${this.#failed.join("; ")}`,
      );
    }
    const outputs = this.file.outputs.map(({ name }) => [name, this.#output(name)] as const);
    return { inputs: this.#inputs, outputs };
  }

  #input(port: OnnxPort): GraphTensor {
    const { name, shape, dtype = "float32" } = port;
    if (!shape) {
      throw new FileFormatError(`loadOnnx: the input ${show(name)} has no shape, expected at least its rank`);
    }
    const order = this.#edgeOrder(shape.length, this.#isChannelsLast(name, "Transpose", [0, 3, 1, 2]));
    const stored = order.map((axis) => shape[axis] ?? null);
    const [first] = stored;
    const isFree = first === null || (first !== undefined && this.options.fixedExamples !== undefined);
    const varies = this.file.inputs.some(({ shape }) => shape?.slice(1).includes(null));
    const source = { name, shape: stored.slice(1), ...(isFree ? {} : { whole: stored }) };
    const extents = isFree ? extentsOf(stored.slice(1), varies) : extentsOfWhole(stored, varies);
    const tensor = GraphTensor.ofInput(source);
    this.#values.set(name, { form: "device", tensor, extents, order, dtype });
    return tensor;
  }

  /** The order of an input or output for the caller. */
  #edgeOrder(rank: number, isChannelsLast: boolean): Order {
    return rank === 4 && this.options.layout === "nhwc" && !isChannelsLast ? channelsLast(rank) : plainOrder(rank);
  }

  /** Whether the file itself has the channels of an input last: all of its nodes turn it. */
  #isChannelsLast(name: string, op: string, perm: readonly number[]): boolean {
    const users = this.file.nodes.filter(({ inputs }) => inputs.includes(name));
    return users.length > 0 && users.every((node) => isTransposition(node, op, perm));
  }

  #output(name: string): Device {
    const value = this.#values.get(name);
    if (!value) throw new FileFormatError(`loadOnnx: nothing gives the output ${show(name)}`);
    const device = isDevice(value) ? value : this.#emitter.device(value, name);
    const maker = this.file.nodes.find(({ outputs }) => outputs.includes(name));
    const isChannelsLast = maker !== undefined && isTransposition(maker, "Transpose", [0, 2, 3, 1]);
    const order = this.#edgeOrder(device.order.length, isChannelsLast);
    const turned = this.#emitter.inOrder(device, order);
    // The caller's tensor must not be the output.
    if (isNode(turned.tensor.source)) return turned;
    return this.#emitter.operator("Identity", "identity", [turned], {}, turned);
  }

  /** Finds the layers that take over the Relu behind them. */
  #find(node: OnnxNode): void {
    if (!["Conv", "ConvTranspose", "Gemm", "MatMul"].includes(node.op) || node.domain !== "") return;
    const user = this.#patterns.onlyUser(node.outputs[0]);
    if (user?.op !== "Relu" || user.domain !== "") return;
    this.#fused.add(node).add(user);
  }

  #lower(node: OnnxNode): void {
    const inputs = node.inputs.map((name) => (name === "" ? undefined : this.#values.get(name)));
    if (node.op === "Constant" && node.domain === "" && this.#values.has(node.outputs[0] ?? "")) return;
    // What comes before it failed, and is listed.
    if (inputs.some((value, i) => !value && node.inputs[i] !== "" && this.#failed.length > 0)) {
      if (!this.#isKnown(node)) this.#fail(node, "the operator is not known");
      return;
    }
    try {
      for (const [i, value] of this.#lowered(node, inputs).entries()) {
        const name = node.outputs[i];
        if (name) this.#values.set(name, value);
      }
    } catch (error) {
      if (error instanceof Unsupported) this.#fail(node, error.message);
      else if (error instanceof ShapeError || error instanceof OptionError) {
        throw new FileFormatError(`loadOnnx: node ${node.label} (${node.op}): ${error.message}`, { cause: error });
      } else throw error;
    }
  }

  #fail(node: OnnxNode, why: string): void {
    const op = node.domain === "" ? node.op : `${node.domain}.${node.op}`;
    this.#failed.push(`${op} (node ${node.label}): ${why}`);
  }

  #isKnown({ op, domain }: OnnxNode): boolean {
    return domain === "" && (NODE_KINDS.has(op) || isHostOperator(op) || op === "Constant");
  }

  #lowered(node: OnnxNode, inputs: readonly (Value | undefined)[]): readonly Value[] {
    if (!this.#isKnown(node)) throw new Unsupported("the operator is not known");
    if (node.op === "Constant") throw new Unsupported("its value is no array of numbers");
    const onHost = this.#onHost(node, inputs);
    if (onHost) return onHost;
    const kind = NODE_KINDS.get(node.op);
    if (!kind) throw new Unsupported("its inputs are computed by the net, expected constants or arithmetic of shapes");
    const unknown = [...node.attributes.keys()].filter((name) => !kind.attributes.includes(name));
    if (unknown.length > 0) throw new Unsupported(`its attributes ${unknown.join(", ")} are not known`);
    const name = layerName(node, this.file.initializers);
    const used = node.outputs.map((output) => this.#patterns.isUsed(output));
    const { fixedExamples } = this.options;
    const isFused = this.#fused.has(node);
    const scope = new NodeScope(node, this.file.opset, this.#emitter, inputs, name, isFused, used, fixedExamples);
    const result = kind.lower(scope);
    const [first, ...others] = isList(result) ? result : [result];
    return scope.leavesRelu && isDevice(first) ? [activation(scope, first, "relu")] : [present(first), ...others];
  }

  /** Shapes, and what is computed from constants and shapes alone. */
  #onHost(node: OnnxNode, inputs: readonly (Value | undefined)[]): readonly HostValue<Device>[] | undefined {
    const plain = plainAttributes(node.attributes);
    const [x] = inputs;
    if (isDevice(x) && (node.op === "Shape" || node.op === "Size")) {
      const shape: HostValue<Device> = { form: "shape", of: x, attributes: plain };
      if (node.op === "Shape") return [shape];
      return [{ form: "operation", op: "ReduceProd", inputs: [shape], attributes: { keepdims: 0 } }];
    }
    const hosts = inputs.filter((value) => !isDevice(value));
    if (!isHostOperator(node.op) || hosts.length < inputs.length) return undefined;
    const constants = hosts.map(constantIn);
    const isConstant = hosts.every((value, i) => value === undefined || constants[i] !== undefined);
    const parts = node.op === "Split" ? node.outputs.length : 1;
    return Array.from({ length: parts }, (_, part) => {
      const attributes = parts > 1 || node.op === "Split" ? { ...plain, parts, part } : plain;
      if (isConstant) return constant(runHostOperator(node.op, constants, new HostAttributes(attributes)));
      return { form: "operation", op: node.op, inputs: hosts, attributes };
    });
  }
}

function constant(tensor: HostTensor): HostValue<Device> {
  return { form: "constant", tensor };
}

function isTransposition({ op, attributes }: OnnxNode, wanted: string, perm: readonly number[]): boolean {
  const given = attributes.get("perm");
  return op === wanted && given?.type === "ints" && given.value.join() === perm.join();
}

function isList(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}
