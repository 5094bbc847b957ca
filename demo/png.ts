import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** In a header: 8 bits, red, green and blue, the only compression, the only set of filters, no interlace. */
const FORM = [8, 2, 0, 0, 0];

/**
 * Encodes opaque pixels as a PNG file. Text and charts take two thirds of what the canvas's own encoder makes of them: it filters lines, as suits
 * photos, and keeps the alpha channel.
 *
 * @param rgba red, green, blue and alpha, row by row. Alpha is left out
 */
export function encodePng(rgba: Uint8ClampedArray, width: number, height: number): Buffer {
  const stride = 1 + 3 * width;
  const lines = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    // The first byte of a line is its filter: 0, none.
    for (let x = 0; x < width; x++) {
      const from = 4 * (y * width + x);
      lines.set(rgba.subarray(from, from + 3), y * stride + 1 + 3 * x);
    }
  }
  const header = Buffer.alloc(8 + FORM.length);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(FORM, 8);
  const data = deflateSync(lines, { level: 9 });
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const checked = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(checked));
  return Buffer.concat([length, checked, check]);
}
