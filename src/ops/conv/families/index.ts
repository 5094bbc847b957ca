import { depthwise } from "./depthwise.js";
import { direct } from "./direct.js";
import { implicitGemm } from "./implicitGemm.js";
import { tiledGemm } from "./tiledGemm.js";
import { winogradF2x3 } from "./winogradF2x3.js";

/**
 * All families, from the most general to the most special. "auto" takes the last one that suits. `direct` fits and
 * suits every geometry.
 *
 * A new family is one more entry.
 */
export const FAMILIES = [direct, implicitGemm, depthwise, tiledGemm, winogradF2x3] as const;

/**
 * The option `algorithm`: a family by name, or "auto" for the best one. If the named family does not fit, "auto"
 * chooses.
 */
export type AlgorithmRequest = "auto" | (typeof FAMILIES)[number]["name"];
