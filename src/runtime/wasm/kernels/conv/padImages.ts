import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, type I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Program } from "../../commands/programs.js";
import { evenly, type Job, split, type Work } from "../../commands/work.js";

/**
 * Images of h × w pixels inside frames of zeros, of `height` × `width` pixels. Pixel (0, 0) of an image is pixel (top,
 * left) of its frame. Pixels that lie beyond the end of the frame are dropped.
 */
export interface Frame {
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Whether the frame is the image itself, so no copy is needed. */
export function isWholeImage({ h, w, top, left, height, width }: Frame): boolean {
  return top === 0 && left === 0 && height === h && width === w;
}

/** The elements of `images` frames. */
export function frameElements({ height, width, c }: Frame, images: number): number {
  return images * height * width * c;
}

/** The elements of frames that stay in the caches between being written and being read. */
const CACHED_ELEMENTS = 2 ** 20;

/** Some images: `count` from the image `first` on. `from` is the address of their frames. */
export interface FramedImages {
  readonly from: number;
  readonly first: number;
  readonly count: number;
}

/**
 * Puts images at the address x into frames, some images at a time, and computes with them. If the frame is the image
 * itself, nothing is copied.
 *
 * @param program has the function of `writePadImages`, named "pad"
 */
export function inFrames(
  work: Work,
  program: Program,
  frame: Frame,
  x: number,
  images: number,
  compute: (framed: FramedImages) => void,
): void {
  if (isWholeImage(frame)) {
    compute({ from: x, first: 0, count: images });
    return;
  }
  const pieces = evenly(images, frameElements(frame, images) / CACHED_ELEMENTS);
  const most = Math.max(...pieces.map(({ first, end }) => end - first));
  const from = work.workspace(frameElements(frame, most)).address;
  for (const { first, end } of pieces) {
    const images = x + first * frame.h * frame.w * frame.c * 4;
    work.run(program.function("pad"), padJobs(frame, end - first, images, from));
    compute({ from, first, count: end - first });
  }
}

/** A function (x, out, row, end) that writes the rows from `row` up to `end` of all frames. */
export function writePadImages(module: ModuleBuilder, name: string, frame: Frame): void {
  const { h, top, left, height, width, c } = frame;
  const pixels = Math.max(0, Math.min(frame.w, width - left));
  const bytes = {
    row: frame.w * c * 4,
    out: width * c * 4,
    left: Math.min(left, width) * c * 4,
    copied: pixels * c * 4,
  };
  module.function(name, ["x", "out", "row", "end"], (f, { x, out, row, end }) => {
    const [line, from, to] = [f.i32(), f.i32(), f.i32()];
    f.for(row, undefined, end, 1, () => {
      line.set(row.rem(height).sub(top));
      to.set(out.add(row.mul(bytes.out)));
      // Above the image, the difference is a large unsigned integer.
      f.if(
        line.less(h),
        () => {
          from.set(x.add(row.div(height).mul(h).add(line).mul(bytes.row)));
          clear(f, to, bytes.left);
          copy(f, to, from, bytes.copied, bytes.left);
          clear(f, to, bytes.out - bytes.left - bytes.copied, bytes.left + bytes.copied);
        },
        () => clear(f, to, bytes.out),
      );
    });
  });
}

/** Jobs of that function. */
export function padJobs(frame: Frame, images: number, x: number, out: number): readonly Job[] {
  return split([x, out], images * frame.height, frame.width * frame.c);
}

/** Bulk instructions cost a call. Below this number of bytes, single vectors are quicker. */
const BULK_BYTES = 512;

function copy(f: FunctionBuilder, to: I32, from: I32, bytes: number, offset: number): void {
  if (bytes >= BULK_BYTES) {
    f.copy(to.add(offset), from, bytes);
    return;
  }
  forEachVector(bytes, (at, lanes) => f.storeLanes(to, F32x4.load(from, at), lanes, offset + at));
}

function clear(f: FunctionBuilder, to: I32, bytes: number, offset = 0): void {
  if (bytes >= BULK_BYTES) {
    f.clear(to.add(offset), bytes);
    return;
  }
  forEachVector(bytes, (at, lanes) => {
    if (lanes === 1) f.store(to, F32.of(0), offset + at);
    else f.storeLanes(to, F32x4.of(0), lanes, offset + at);
  });
}

function forEachVector(bytes: number, body: (at: number, lanes: number) => void): void {
  for (let at = 0; at < bytes; at += 16) body(at, Math.min(4, (bytes - at) / 4));
}
