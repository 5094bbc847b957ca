import { F64 } from "../../assembler/doubles.js";
import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";

/**
 * Runs statements with the image of a box.
 *
 * @param address of the image's number, a float32
 * @param images the number of images
 * @param isImage gets the image
 * @param otherwise for a number that is negative, fractional, NaN or too large
 */
export function imageOfBox(
  f: FunctionBuilder,
  address: I32,
  images: I32,
  isImage: (image: I32) => void,
  otherwise?: () => void,
): void {
  const image = f.i32(F64.loadFloat(address).toInteger());
  const isWhole = F64.fromInteger(image).equals(F64.loadFloat(address));
  f.if(isWhole.and(image.less(images)), () => isImage(image), otherwise);
}
