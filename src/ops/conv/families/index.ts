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
 * The option `algorithm`: a family of kernels by name, or "auto" for the best one. If the named family cannot compute
 * the call, "auto" chooses.
 *
 * - "direct": the general kernels, which compute every geometry.
 * - "implicitGemm": matrix products over tiles in registers, for software adapters.
 * - "tiledGemm": matrix products over tiles in workgroup memory, for GPUs.
 * - "depthwise": for groups of one input channel.
 * - "winogradF2x3": Winograd's F(2×2, 3×3), for filters of 3×3 with stride 1. "auto" never chooses it, because it has a
 *   wider error bound.
 */
export type AlgorithmRequest = "auto" | (typeof FAMILIES)[number]["name"];
