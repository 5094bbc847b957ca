import { ELEMENTWISE_NODES } from "./elementwise.js";
import type { NodeKind } from "./nodeKind.js";
import { NORMALIZING_NODES } from "./normalizing.js";
import { PRODUCT_NODES } from "./products.js";
import { REDUCING_NODES } from "./reducing.js";
import { RESIZING_NODES } from "./resizing.js";
import { SHAPING_NODES } from "./shaping.js";
import { WINDOW_NODES } from "./windows.js";

/** The operators of ONNX that nets on the device may use. */
export const NODE_KINDS: ReadonlyMap<string, NodeKind> = new Map(
  Object.entries({
    ...ELEMENTWISE_NODES,
    ...NORMALIZING_NODES,
    ...PRODUCT_NODES,
    ...REDUCING_NODES,
    ...RESIZING_NODES,
    ...SHAPING_NODES,
    ...WINDOW_NODES,
  }),
);
