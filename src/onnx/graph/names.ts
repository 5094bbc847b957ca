import type { HostTensor, OnnxNode } from "../format/onnxFile.js";

/**
 * The name of a node's layer: the module that its weights belong to, as PyTorch names them, or the node's own name, or
 * its output's.
 */
export function layerName(node: OnnxNode, initializers: ReadonlyMap<string, HostTensor>): string {
  const weight = node.inputs.find(
    (input) => initializers.has(input) && /.[./](weight|kernel|W|w|gamma|scale)$/.test(input),
  );
  const found =
    weight?.replace(/[./](weight|kernel|W|w|gamma|scale)$/, "") ?? (node.name || node.outputs[0] || node.op);
  const name = found.replace(/^\/+/, "").replaceAll(".", "_");
  return name === "" ? node.op.toLowerCase() : name;
}
