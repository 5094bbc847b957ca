import { ELEMENTWISE, type Operation } from "./elementwise.js";
import { NORMALIZING } from "./normalizing.js";
import { PADDING } from "./padding.js";
import { PRODUCTS } from "./products.js";
import { REDUCING } from "./reductions.js";
import { RESIZING } from "./resizing.js";
import { SHAPING } from "./shaping.js";
import { WINDOWS } from "./windows.js";

/** What the layer `OnnxOperator` computes, by the names of operators. Images lie with their channels last. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...ELEMENTWISE,
  ...NORMALIZING,
  ...PADDING,
  ...PRODUCTS,
  ...REDUCING,
  ...RESIZING,
  ...SHAPING,
  ...WINDOWS,
};
