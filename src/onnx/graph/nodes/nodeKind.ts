import type { NodeScope } from "../nodeScope.js";
import type { Value } from "../values.js";

/** How nodes of one operator become layers. */
export interface NodeKind {
  /** The attributes that are known. All others are refused. */
  readonly attributes: readonly string[];
  /** @returns the output, or a list of them. @throws Unsupported, FileFormatError, ShapeError, OptionError */
  lower(scope: NodeScope): Value | readonly Value[];
}
