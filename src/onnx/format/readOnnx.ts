import { FileFormatError, show } from "../../core/errors.js";
import type { External } from "./external.js";
import type { Attribute, HostTensor, OnnxFile, OnnxNode, OnnxPort } from "./onnxFile.js";
import { type AttributeProto, type GraphProto, loadSchema, type ModelProto, type ValueInfoProto } from "./schema.js";
import { dtypeOf, TensorReader } from "./tensors.js";

/** The oldest version of ONNX's operators that this reader knows. */
const OLDEST_OPSET = 7;

/** ONNX's own operators have no domain, or this one. */
const ONNX_DOMAIN = "ai.onnx";

/**
 * Reads an ONNX file: protobuf to plain values.
 *
 * @param external gives the bytes of the files beside the model
 * @throws (rejects with) FileFormatError if it is damaged or has no graph; OptionError if a file beside it is not given
 */
export async function readOnnx(bytes: Uint8Array, external: External | undefined): Promise<OnnxFile> {
  const { decode } = await loadSchema();
  const model = decoded(decode, bytes);
  const { graph } = model;
  if (!graph || graph.output.length === 0) {
    throw new FileFormatError(`loadOnnx: the file has no graph with outputs, expected an ONNX model${whatElse(bytes)}`);
  }
  const tensors = new TensorReader(external);
  const initializers = new Map<string, HostTensor>();
  for (const tensor of graph.initializer) {
    initializers.set(tensor.name, await tensors.read(tensor, `the initializer ${show(tensor.name)}`));
  }
  if (graph.sparseInitializer.length > 0) {
    throw new FileFormatError("loadOnnx: the file has sparse initializers, expected dense ones");
  }
  const nodes = await nodesOf(graph, tensors);
  const inputs = graph.input.filter(({ name }) => !initializers.has(name)).map(portOf);
  const known = new Set([...initializers.keys(), ...inputs.map(({ name }) => name)]);
  return {
    opset: opsetOf(model),
    nodes: inOrder(nodes, known),
    initializers,
    inputs,
    outputs: graph.output.map(portOf),
  };
}

function decoded(decode: (bytes: Uint8Array) => ModelProto, bytes: Uint8Array): ModelProto {
  try {
    return decode(bytes);
  } catch (error) {
    throw new FileFormatError(`loadOnnx: the bytes are no ONNX model${whatElse(bytes)}`, { cause: error });
  }
}

/** Beginnings of files that are no ONNX model, and what to do with them. */
const OTHER_FILES: readonly (readonly [beginning: string, what: string])[] = [
  ["{", 'they begin with "{": perhaps a model.json of TensorFlow.js, for loadTfjs of webgpu-cnn/keras'],
  [
    "PK\u0003\u0004",
    "they are a zip archive: perhaps a .keras file, for loadKeras of webgpu-cnn/keras, or a .pt of PyTorch: write it by torch.onnx.export",
  ],
  ["\u0089HDF", "they are HDF5: perhaps a .h5 file of Keras, for loadKeras of webgpu-cnn/keras"],
  ["<", 'they begin with "<": perhaps a page that the server sent instead of the file'],
];

/** The end of a message about bytes that are no ONNX model. */
function whatElse(bytes: Uint8Array): string {
  const beginning = String.fromCharCode(...bytes.subarray(0, 4));
  const found = OTHER_FILES.find(([start]) => beginning.startsWith(start));
  return `; ${found?.[1] ?? `is the file of ${bytes.length} bytes complete?`}`;
}

function opsetOf({ opsetImport }: ModelProto): number {
  const own = opsetImport.find(({ domain }) => domain === "" || domain === ONNX_DOMAIN);
  const version = Number(own?.version ?? 0);
  if (version >= OLDEST_OPSET && version < 1000) return version;
  throw new FileFormatError(
    `loadOnnx: the file's opset is ${version}, expected ${OLDEST_OPSET} or later; export it again with a newer one`,
  );
}

async function nodesOf({ node }: GraphProto, tensors: TensorReader): Promise<OnnxNode[]> {
  const nodes: OnnxNode[] = [];
  for (const [number, { name, opType, domain, input, output, attribute }] of node.entries()) {
    const label = name === "" ? `number ${number}` : show(name);
    const attributes = new Map<string, Attribute>();
    for (const each of attribute) attributes.set(each.name, await attributeOf(each, tensors, label));
    nodes.push({
      ...{ label, name, op: opType, domain: domain === ONNX_DOMAIN ? "" : domain, attributes },
      ...{ inputs: [...input], outputs: [...output] },
    });
  }
  return nodes;
}

/** Old files leave out the type of an attribute. The field that is filled tells it then. */
async function attributeOf(attribute: AttributeProto, tensors: TensorReader, node: string): Promise<Attribute> {
  const { type, name, t } = attribute;
  const is = (number: number, filled: boolean) => type === number || (type === 0 && filled);
  if (is(1, attribute.f !== 0)) return { type: "float", value: attribute.f };
  if (is(2, attribute.i !== 0n)) return { type: "int", value: Number(attribute.i) };
  if (is(3, attribute.s.length > 0)) return { type: "string", value: textOf(attribute.s) };
  if (is(6, attribute.floats.length > 0)) return { type: "floats", value: [...attribute.floats] };
  if (is(7, attribute.ints.length > 0)) return { type: "ints", value: attribute.ints.map(Number) };
  if (is(8, attribute.strings.length > 0)) return { type: "strings", value: attribute.strings.map(textOf) };
  if (!is(4, t !== undefined)) return { type: "other", value: undefined };
  const what = `the attribute ${name} of node ${node}`;
  if (!t) throw new FileFormatError(`loadOnnx: ${what} has no tensor`);
  return { type: "tensor", value: await tensors.read(t, what) };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function portOf({ name, type }: ValueInfoProto): OnnxPort {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  if (!tensor) {
    throw new FileFormatError(`loadOnnx: the input or output ${show(name)} is no tensor, expected tensors only`);
  }
  const shape = tensor.shape?.dim.map(({ value }) => {
    const extent = value.case === "dimValue" ? Number(value.value) : 0;
    if (!Number.isSafeInteger(extent)) {
      throw new FileFormatError(`loadOnnx: the input or output ${show(name)} has the extent ${extent}`);
    }
    return extent > 0 ? extent : null;
  });
  return { name, dtype: dtypeOf(tensor.elemType), shape };
}

/** The nodes in an order in which each comes after those that it depends on. @throws FileFormatError */
function inOrder(nodes: readonly OnnxNode[], known: Set<string>): readonly OnnxNode[] {
  const makers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      if (makers.has(output) || known.has(output)) {
        throw new FileFormatError(`loadOnnx: two nodes make the value ${show(output)}; the second is ${node.label}`);
      }
      makers.set(output, node);
    }
  }
  const ordered: OnnxNode[] = [];
  const done = new Set<OnnxNode>();
  const begun = new Set<OnnxNode>();
  // A stack of its own, because a chain may be longer than that of the engine.
  const waiting = nodes.toReversed();
  for (let node = waiting.at(-1); node; node = waiting.at(-1)) {
    const current = node;
    const missing = done.has(current) ? [] : before(current, makers, known).filter((other) => !done.has(other));
    if (missing.some((other) => begun.has(other))) {
      throw new FileFormatError(`loadOnnx: node ${current.label} depends on its own output`);
    }
    if (missing.length > 0) {
      begun.add(current);
      waiting.push(...missing);
      continue;
    }
    waiting.pop();
    begun.delete(current);
    if (!done.has(current)) ordered.push(current);
    done.add(current);
  }
  return ordered;
}

function before(node: OnnxNode, makers: ReadonlyMap<string, OnnxNode>, known: ReadonlySet<string>): OnnxNode[] {
  const found: OnnxNode[] = [];
  for (const name of node.inputs) {
    if (name === "" || known.has(name)) continue;
    const maker = makers.get(name);
    if (!maker) {
      throw new FileFormatError(
        `loadOnnx: node ${node.label} (${node.op}) takes ${show(name)}, which no node, input or initializer gives`,
      );
    }
    found.push(maker);
  }
  return found;
}
