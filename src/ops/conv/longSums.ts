import type { Conv2dGeometry } from "../../core/geometry.js";
import { isLongSum } from "../kit/slices.js";
import { boundOfProducts, type Conv2dPass } from "./family.js";

/** The constant by which a kernel adds blocks of terms in pairs (shaders/lib/longSums.wgsl). */
export function longSums(pass: Conv2dPass, g: Conv2dGeometry): { readonly LONG: boolean } {
  return { LONG: isLongSum(boundOfProducts(pass, g).terms) };
}
