import bias from "../../../shaders/conv2dBackwardBias.wgsl";
import type { Conv2dGeometry } from "../../geometry.js";
import { type DeviceTraits, lanesFor } from "../../webgpu/dispatch.js";
import {
  depthwiseConv2d,
  depthwiseConv2dBackwardFilter,
  depthwiseConv2dBackwardInput,
  isDepthwise,
} from "./families/depthwise.js";
import { directConv2d, directConv2dBackwardFilter, directConv2dBackwardInput } from "./families/direct.js";
import {
  fewChannelsConv2d,
  implicitGemmConv2d,
  implicitGemmConv2dBackwardFilter,
  implicitGemmConv2dBackwardInput,
} from "./families/implicitGemm.js";
import {
  fitsTiledGemm,
  tiledGemmConv2d,
  tiledGemmConv2dBackwardFilter,
  tiledGemmConv2dBackwardInput,
} from "./families/tiledGemm.js";
import {
  type AlgorithmRequest,
  CONV2D_ALGORITHMS,
  type Conv2dAlgorithm,
  isSoonDone,
  type KernelPlan,
  type SlicedPlan,
  slicesFor,
  workgroupSize,
} from "./kernelPlan.js";

type Planners<Plan> = Readonly<Record<Conv2dAlgorithm, (g: Conv2dGeometry, traits: DeviceTraits) => Plan>>;

const FORWARD: Planners<KernelPlan> = {
  direct: directConv2d,
  implicitGemm: (g, traits) => (g.cPerGroup % 4 === 0 ? implicitGemmConv2d(g, traits) : fewChannelsConv2d(g, traits)),
  fewChannels: fewChannelsConv2d,
  depthwise: depthwiseConv2d,
  tiledGemm: tiledGemmConv2d,
};
const BACKWARD_INPUT: Planners<KernelPlan> = {
  direct: directConv2dBackwardInput,
  implicitGemm: implicitGemmConv2dBackwardInput,
  fewChannels: implicitGemmConv2dBackwardInput,
  depthwise: depthwiseConv2dBackwardInput,
  tiledGemm: tiledGemmConv2dBackwardInput,
};
const BACKWARD_FILTER: Planners<SlicedPlan> = {
  direct: directConv2dBackwardFilter,
  implicitGemm: implicitGemmConv2dBackwardFilter,
  fewChannels: implicitGemmConv2dBackwardFilter,
  depthwise: depthwiseConv2dBackwardFilter,
  tiledGemm: tiledGemmConv2dBackwardFilter,
};

export function planConv2d(g: Conv2dGeometry, traits: DeviceTraits, request?: AlgorithmRequest): KernelPlan {
  return planBy(FORWARD, "conv2d", g, traits, request);
}

export function planConv2dBackwardInput(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request?: AlgorithmRequest,
): KernelPlan {
  return planBy(BACKWARD_INPUT, "conv2dBackwardInput", g, traits, request);
}

export function planConv2dBackwardFilter(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request?: AlgorithmRequest,
): SlicedPlan {
  return planBy(BACKWARD_FILTER, "conv2dBackwardFilter", g, traits, request);
}

/** db: a lane of channels an invocation; the sum over output pixels in slices. */
export function planConv2dBackwardBias(pixels: number, k: number, traits: DeviceTraits): SlicedPlan {
  const lanes = lanesFor(k);
  return {
    algorithm: "direct",
    shader: bias,
    constants: { FOURS: lanes === 4, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations: k / lanes,
    slices: slicesFor(k / lanes, pixels, k, traits),
  };
}

/**
 * By the family that is asked for where it can do it; else by the one that autotuning found best; else by the one that should be: register
 * tiles for a processor, on a GPU they would spill; for a GPU tiles in workgroup memory, whose barriers a processor pays for dearly. What is
 * small on either is done soonest by the general kernels.
 */
function planBy<Plan extends KernelPlan>(
  planners: Planners<Plan>,
  operator: string,
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): Plan {
  const candidates = candidatesFor(operator, g);
  const named = CONV2D_ALGORITHMS.find((algorithm) => algorithm === request);
  if (named && (candidates.includes(named) || named === "fewChannels")) return planners[named](g, traits);
  const key = tuningKey(operator, g);
  const tuned = candidates.find((algorithm) => algorithm === traits.tuning[key]);
  return { ...planners[tuned ?? bestByReason(g, traits)](g, traits), choice: { key, candidates } };
}

function bestByReason(g: Conv2dGeometry, traits: DeviceTraits): Conv2dAlgorithm {
  if (isDepthwise(g)) return "depthwise";
  if (traits.software) return isSoonDone(g, traits) ? "direct" : "implicitGemm";
  return fitsTiledGemm(g) && Math.min(g.cPerGroup, g.kPerGroup) >= FEWEST_TILED_CHANNELS ? "tiledGemm" : "direct";
}

/** The families that can compute the pass, each in its own way. */
function candidatesFor(operator: string, g: Conv2dGeometry): readonly Conv2dAlgorithm[] {
  const fits = {
    direct: true,
    implicitGemm: true,
    // Elsewhere it stands in for implicitGemm, or is the same.
    fewChannels: operator === "conv2d" && g.cPerGroup % 4 === 0 && g.cPerGroup <= MOST_FEW_CHANNELS,
    depthwise: isDepthwise(g),
    tiledGemm: fitsTiledGemm(g),
  };
  return CONV2D_ALGORITHMS.filter((algorithm) => fits[algorithm]);
}

/** What a choice hangs on, in words that can be saved. */
function tuningKey(operator: string, g: Conv2dGeometry): string {
  const sliding = `s${g.strideHeight},${g.strideWidth} d${g.dilationHeight},${g.dilationWidth} p${g.padTop},${g.padLeft}`;
  return `${operator} ${g.n}x${g.h}x${g.w}x${g.c} ${g.r}x${g.s}x${g.cPerGroup}x${g.k} ${g.p}x${g.q} ${sliding}`;
}

/** With fewer, most of a tile in workgroup memory would be idle. */
const FEWEST_TILED_CHANNELS = 16;
/** With more, loads of single channels are out of the question. */
const MOST_FEW_CHANNELS = 8;
