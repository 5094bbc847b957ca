import { type Conv2dGeometry, conv2dFlops } from "../../core/geometry.js";
import type { DeviceTraits } from "../../core/operation.js";
import {
  depthwiseConv2d,
  depthwiseConv2dBackwardFilter,
  depthwiseConv2dBackwardInput,
  isDepthwise,
} from "./families/depthwise.js";
import { directConv2d, directConv2dBackwardFilter, directConv2dBackwardInput } from "./families/direct.js";
import {
  implicitGemmConv2d,
  implicitGemmConv2dBackwardFilter,
  implicitGemmConv2dBackwardInput,
} from "./families/implicitGemm.js";
import {
  fillsTiledGemm,
  fitsTiledGemm,
  tiledGemmConv2d,
  tiledGemmConv2dBackwardFilter,
  tiledGemmConv2dBackwardInput,
} from "./families/tiledGemm.js";
import {
  type AlgorithmRequest,
  CONV2D_ALGORITHMS,
  type Conv2dAlgorithm,
  type Conv2dPass,
  type KernelPlan,
  type SlicedPlan,
} from "./kernelPlan.js";

export const planConv2d = /* @__PURE__ */ planner<KernelPlan>("conv2d", {
  direct: directConv2d,
  implicitGemm: implicitGemmConv2d,
  depthwise: depthwiseConv2d,
  tiledGemm: tiledGemmConv2d,
});

export const planConv2dBackwardInput = /* @__PURE__ */ planner<KernelPlan>("conv2dBackwardInput", {
  direct: directConv2dBackwardInput,
  implicitGemm: implicitGemmConv2dBackwardInput,
  depthwise: depthwiseConv2dBackwardInput,
  tiledGemm: tiledGemmConv2dBackwardInput,
});

export const planConv2dBackwardFilter = /* @__PURE__ */ planner<SlicedPlan>("conv2dBackwardFilter", {
  direct: directConv2dBackwardFilter,
  implicitGemm: implicitGemmConv2dBackwardFilter,
  depthwise: depthwiseConv2dBackwardFilter,
  tiledGemm: tiledGemmConv2dBackwardFilter,
});

type Families<Plan> = Readonly<Record<Conv2dAlgorithm, (g: Conv2dGeometry, traits: DeviceTraits) => Plan>>;

/** How many plans are remembered for a device. */
const MOST_REMEMBERED = 1024;

/**
 * Plans by the family that is asked for where it can do it; else by the one that autotuning found best; else by the one that should be: register
 * tiles for a processor, on a GPU they would spill; for a GPU tiles in workgroup memory, whose barriers a processor pays for dearly. What is
 * small on either is done soonest by the general kernels.
 *
 * Plans are remembered, since a search among tiles takes longer than all else in a small operator's call. They hang on nothing but geometry,
 * device and request; traits are replaced when they change, and their plans go with them.
 */
function planner<Plan extends KernelPlan>(operator: Conv2dPass, families: Families<Plan>) {
  const remembered = new WeakMap<DeviceTraits, Map<string, Plan>>();
  return (g: Conv2dGeometry, traits: DeviceTraits, request: AlgorithmRequest = "auto"): Plan => {
    const plans = remembered.get(traits) ?? new Map<string, Plan>();
    remembered.set(traits, plans);
    const key = tuningKey(operator, g);
    const known = plans.get(`${request} ${key}`);
    if (known) return known;
    const plan = make(key, g, traits, request);
    if (plans.size === MOST_REMEMBERED) plans.clear();
    plans.set(`${request} ${key}`, plan);
    return plan;
  };

  function make(key: string, g: Conv2dGeometry, traits: DeviceTraits, request: AlgorithmRequest): Plan {
    const named = CONV2D_ALGORITHMS.find((algorithm) => algorithm === request);
    if (named && canDo(operator, g)[named]) return families[named](g, traits);
    const candidates = sensibleFor(operator, g, traits);
    const tuned = candidates.find((algorithm) => algorithm === traits.tuning[key]);
    return { ...families[tuned ?? bestByReason(operator, g, traits)](g, traits), choice: { key, candidates } };
  }
}

function bestByReason(operator: Conv2dPass, g: Conv2dGeometry, traits: DeviceTraits): Conv2dAlgorithm {
  if (traits.software && conv2dFlops(g) <= mostFlopsOfGeneral(operator, g)) return "direct";
  if (isDepthwise(g)) return "depthwise";
  if (traits.software) return "implicitGemm";
  return fitsTiledGemm(operator, g) && fillsTiledGemm[operator](g) ? "tiledGemm" : "direct";
}

/** Up to how much work a processor has done soonest by the general kernel, which compiles in a half to a third of the time. */
function mostFlopsOfGeneral(operator: Conv2dPass, g: Conv2dGeometry): number {
  const inFours = g.cPerGroup % 4 === 0;
  // dw's shares loads by quads too, and takes single channels as well as the other.
  if (operator === "conv2dBackwardFilter") return isDepthwise(g) ? 1.2e5 * g.r * g.s : inFours ? 1.2e7 : 2.4e7;
  if (isDepthwise(g)) return 0;
  if (operator === "conv2d") return 5e5;
  if (inFours && g.kPerGroup % 4 === 0) return 1e5;
  // Where dy is loaded value by value, register tiles of single channels save less than they take longer to compile.
  return g.cPerGroup === 1 && g.kPerGroup % 4 !== 0 ? Infinity : 4e6;
}

function canDo(pass: Conv2dPass, g: Conv2dGeometry): Readonly<Record<Conv2dAlgorithm, boolean>> {
  return {
    direct: true,
    implicitGemm: true,
    depthwise: isDepthwise(g),
    tiledGemm: fitsTiledGemm(pass, g),
  };
}

/** The families that may be the fastest on this class of adapter. */
function sensibleFor(pass: Conv2dPass, g: Conv2dGeometry, traits: DeviceTraits): readonly Conv2dAlgorithm[] {
  const never = traits.software ? "tiledGemm" : "implicitGemm";
  const can = canDo(pass, g);
  return CONV2D_ALGORITHMS.filter((algorithm) => can[algorithm] && algorithm !== never);
}

/** What a choice hangs on, in words that can be saved. */
function tuningKey(operator: string, g: Conv2dGeometry): string {
  const sliding = `s${g.strideHeight},${g.strideWidth} d${g.dilationHeight},${g.dilationWidth} p${g.padTop},${g.padLeft}`;
  return `${operator} ${g.n}x${g.h}x${g.w}x${g.c} ${g.r}x${g.s}x${g.cPerGroup}x${g.k} ${g.p}x${g.q} ${sliding}`;
}
