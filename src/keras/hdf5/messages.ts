import type { Hdf5Bytes } from "./bytes.js";

/** The messages of an object that are read here, by their numbers in the format. */
export const MESSAGE = {
  ...{ dataspace: 0x01, linkInfo: 0x02, datatype: 0x03, link: 0x06, layout: 0x08, filters: 0x0b, attribute: 0x0c },
  ...{ continuation: 0x10, symbolTable: 0x11, attributeInfo: 0x15 },
} as const;

/** A part of what describes an object. */
export interface Message {
  readonly type: number;
  readonly at: number;
  readonly size: number;
}

/** The most parts of one object's description. */
const MOST_BLOCKS = 4096;

/** The messages of the object whose header is at an address (HDF5 file format, IV.A.1). */
export function messagesOf(file: Hdf5Bytes, at: number): readonly Message[] {
  return file.uint8(at) === 1 ? messagesOfVersion1(file, at) : messagesOfVersion2(file, at);
}

interface Block {
  readonly at: number;
  readonly size: number;
}

function messagesOfVersion1(file: Hdf5Bytes, at: number): readonly Message[] {
  return readBlocks(file, { at: at + 16, size: file.uint32(at + 8) }, (block, found) => {
    let position = block.at;
    const end = block.at + block.size;
    while (position + 8 <= end) {
      file.step();
      const [type, size] = [file.uint16(position), file.uint16(position + 2)];
      refuseShared(file, file.uint8(position + 4), type);
      if (position + 8 + size > end) file.refuse(`the message at byte ${position} is longer than its object`);
      found({ type, at: position + 8, size });
      position += 8 + size;
    }
  });
}

function messagesOfVersion2(file: Hdf5Bytes, at: number): readonly Message[] {
  file.signature(at, "OHDR");
  if (file.uint8(at + 4) !== 2) file.unknown(`objects of version ${file.uint8(at + 4)}`);
  const flags = file.uint8(at + 5);
  const sizeAt = at + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const sizeBytes = 1 << (flags & 3);
  const size = [file.uint8, file.uint16, file.uint32, file.uint64][flags & 3]?.call(file, sizeAt) ?? 0;
  const header = flags & 4 ? 6 : 4;
  return readBlocks(file, { at: sizeAt + sizeBytes, size }, (block, found, isFirst) => {
    // Blocks after the first have a signature before the messages, and a checksum after them.
    if (!isFirst) file.signature(block.at, "OCHK");
    let position = isFirst ? block.at : block.at + 4;
    const end = block.at + block.size - (isFirst ? 0 : 4);
    while (position + header <= end) {
      file.step();
      const [type, length] = [file.uint8(position), file.uint16(position + 1)];
      refuseShared(file, file.uint8(position + 3), type);
      if (position + header + length > end) file.refuse(`the message at byte ${position} is longer than its object`);
      found({ type, at: position + header, size: length });
      position += header + length;
    }
  });
}

function readBlocks(
  file: Hdf5Bytes,
  first: Block,
  read: (block: Block, found: (message: Message) => void, isFirst: boolean) => void,
): readonly Message[] {
  const messages: Message[] = [];
  const blocks = [first];
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i];
    if (!block) break;
    if (i > MOST_BLOCKS) file.refuse("an object goes on without end");
    file.slice(block.at, block.size);
    const found = (message: Message) => {
      if (message.type !== MESSAGE.continuation) messages.push(message);
      else blocks.push({ at: file.address(message.at) ?? 0, size: file.uint64(message.at + 8) });
    };
    read(block, found, i === 0);
  }
  return messages;
}

const READ: ReadonlySet<number> = new Set(Object.values(MESSAGE));

function refuseShared(file: Hdf5Bytes, flags: number, type: number): void {
  if (flags & 2 && READ.has(type)) file.unknown("shared descriptions of objects");
}
