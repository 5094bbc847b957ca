import type { Hdf5Bytes } from "./bytes.js";
import { MESSAGE, type Message } from "./messages.js";

/** The addresses of the objects in a group, by their names. */
export function readLinks(file: Hdf5Bytes, messages: readonly Message[]): ReadonlyMap<string, number> {
  const links = new Map<string, number>();
  for (const { type, at } of messages) {
    if (type === MESSAGE.symbolTable) readSymbolTable(file, at, links);
    if (type === MESSAGE.link) readLink(file, at, links);
    if (type === MESSAGE.linkInfo && file.address(at + 2 + (file.uint8(at + 1) & 1 ? 8 : 0)) !== undefined) {
      file.unknown("groups in a heap");
    }
  }
  return links;
}

/** A link of its own message (IV.A.2.g). Only links to objects of the file are read. */
function readLink(file: Hdf5Bytes, at: number, links: Map<string, number>): void {
  const flags = file.uint8(at + 1);
  let position = at + 2;
  const kind = flags & 8 ? file.uint8(position++) : 0;
  position += (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
  const size = flags & 3;
  const length = [file.uint8, file.uint16, file.uint32, file.uint64][size]?.call(file, position) ?? 0;
  position += 1 << size;
  const name = file.text(position, length);
  const target = kind === 0 ? file.address(position + length) : undefined;
  if (target === undefined) file.unknown(`the link ${JSON.stringify(name.slice(0, 40))} to another place`);
  links.set(name, target);
}

/** A tree of names in a heap (III.A.1 and IV.A.2.r). */
function readSymbolTable(file: Hdf5Bytes, at: number, links: Map<string, number>): void {
  const [tree, heap] = [file.address(at), file.address(at + 8)];
  if (tree === undefined || heap === undefined) return;
  file.signature(heap, "HEAP");
  const [heapBytes, names] = [file.uint64(heap + 8), file.address(heap + 24) ?? 0];
  const seen = new Set<number>();
  const waiting = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    file.step();
    if (seen.has(node)) file.refuse("the tree of a group goes in circles");
    seen.add(node);
    if (file.uint8(node) === "S".charCodeAt(0)) readSymbols(file, node, names, heapBytes, links);
    else {
      file.signature(node, "TREE");
      if (file.uint8(node + 4) !== 0) file.refuse("the tree of a group is that of a dataset");
      // Between the children are keys, one more than children.
      for (let i = 0; i < file.uint16(node + 6); i++) {
        file.step();
        const child = file.address(node + 32 + 16 * i);
        if (child !== undefined) waiting.push(child);
      }
    }
  }
}

function readSymbols(
  file: Hdf5Bytes,
  node: number,
  names: number,
  heapBytes: number,
  links: Map<string, number>,
): void {
  file.signature(node, "SNOD");
  for (let i = 0; i < file.uint16(node + 6); i++) {
    file.step();
    const entry = node + 8 + 40 * i;
    const [offset, target] = [file.uint64(entry), file.address(entry + 8)];
    if (offset >= heapBytes || target === undefined) file.refuse(`the name at byte ${entry} is outside of its heap`);
    links.set(file.text(names + offset, heapBytes - offset), target);
  }
}
