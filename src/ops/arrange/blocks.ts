import { ShapeError } from "../../core/errors.js";
import { inLayout, type Layout, permutationBetween } from "../../core/geometry.js";
import { OptionReader } from "../../core/options.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { readImage } from "../kit/images.js";
import { transpose } from "./transpose.js";

/** The options of `depthToSpace` and `spaceToDepth`. */
export interface BlockOptions {
  /** The height and width of a block, in pixels. Required. */
  readonly blockSize: number;
  /**
   * The order of the deep channels. "DCR" (default): all channels of the first pixel of the block, then those of the
   * next pixel, as in TensorFlow. "CRD": all pixels of the first channel, then those of the next channel, as in
   * PyTorch's `PixelShuffle`. The names are ONNX's.
   */
  readonly mode?: "DCR" | "CRD" | undefined;
  /** The order of the axes of the images, before and after: "nhwc" (default) or "nchw". */
  readonly layout?: Layout | undefined;
}

// The axes of both forms. i and j are the row and the column of a pixel in its block. h and w count blocks. "d" stands
// for the deep channels: the axes i, j and c joined to one.
const DEEP = { nhwc: "nhwd", nchw: "ndhw" } as const;
const DEEP_CHANNELS = { DCR: "ijc", CRD: "cij" } as const;
const WIDE = { nhwc: "nhiwjc", nchw: "nchiwj" } as const;

/** @throws OptionError, ShapeError */
export function depthToBlocks(operator: string, x: Tensor, options: BlockOptions): Tensor {
  const { blockSize: i, mode, layout } = readBlocks(operator, options);
  const { n, h, w, c: depth } = readImage(operator, "x", x.shape, layout);
  const c = depth / i ** 2;
  if (!Number.isInteger(c)) {
    throw new ShapeError(
      `${operator}: x has ${depth} channels, expected a multiple of blockSize² = ${i}² = ${i ** 2} (x [${x.shape.join(", ")}] ${layout})`,
    );
  }
  const deep = DEEP[layout].replace("d", DEEP_CHANNELS[mode]);
  const split = reshape(x, inLayout([n, h, w, c, i, i], "nhwcij", deep));
  const wide = transpose(split, { permutation: permutationBetween(deep, WIDE[layout]) });
  return reshape(wide, inLayout([n, h * i, w * i, c], "nhwc", layout));
}

/** @throws OptionError, ShapeError */
export function blocksToDepth(operator: string, x: Tensor, options: BlockOptions): Tensor {
  const { blockSize: i, mode, layout } = readBlocks(operator, options);
  const { n, h, w, c } = readImage(operator, "x", x.shape, layout);
  if (h % i > 0 || w % i > 0) {
    throw new ShapeError(
      `${operator}: x is ${h} × ${w} pixels, expected multiples of blockSize ${i} (x [${x.shape.join(", ")}] ${layout}); use pad2d or crop`,
    );
  }
  const deep = DEEP[layout].replace("d", DEEP_CHANNELS[mode]);
  const split = reshape(x, inLayout([n, h / i, w / i, c, i, i], "nhwcij", WIDE[layout]));
  const joined = transpose(split, { permutation: permutationBetween(WIDE[layout], deep) });
  return reshape(joined, inLayout([n, h / i, w / i, c * i ** 2], "nhwd", DEEP[layout]));
}

function readBlocks(operator: string, options: BlockOptions) {
  const reader = new OptionReader(operator, options, ["blockSize", "mode", "layout"]);
  return {
    blockSize: reader.integer("blockSize", 1),
    mode: reader.word("mode", ["DCR", "CRD"], "DCR"),
    layout: reader.word("layout", ["nhwc", "nchw"], "nhwc"),
  };
}
