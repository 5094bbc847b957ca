import bias from "../../../shaders/conv2dBackwardBias.wgsl";
import type { Conv2dGeometry } from "../../geometry.js";
import { type Choice, type DeviceTraits, lanesFor } from "../../webgpu/dispatch.js";
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

export function planConv2d(g: Conv2dGeometry, traits: DeviceTraits, request: AlgorithmRequest = "auto"): KernelPlan {
  const { algorithm, choice } = choose("conv2d", g, traits, request);
  return { ...plan(), choice };

  function plan(): KernelPlan {
    switch (algorithm) {
      case "depthwise":
        return depthwiseConv2d(g, traits);
      case "implicitGemm":
        return g.cPerGroup % 4 === 0 ? implicitGemmConv2d(g, traits) : fewChannelsConv2d(g, traits);
      case "fewChannels":
        return fewChannelsConv2d(g, traits);
      case "tiledGemm":
        return tiledGemmConv2d(g, traits);
      case "direct":
        return directConv2d(g, traits);
    }
  }
}

export function planConv2dBackwardInput(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): KernelPlan {
  const { algorithm, choice } = choose("conv2dBackwardInput", g, traits, request);
  return { ...plan(), choice };

  function plan(): KernelPlan {
    switch (algorithm) {
      case "depthwise":
        return depthwiseConv2dBackwardInput(g, traits);
      case "implicitGemm":
      case "fewChannels":
        return implicitGemmConv2dBackwardInput(g, traits);
      case "tiledGemm":
        return tiledGemmConv2dBackwardInput(g);
      case "direct":
        return directConv2dBackwardInput(g, traits);
    }
  }
}

export function planConv2dBackwardFilter(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): SlicedPlan {
  const { algorithm, choice } = choose("conv2dBackwardFilter", g, traits, request);
  return { ...plan(), choice };

  function plan(): SlicedPlan {
    switch (algorithm) {
      case "depthwise":
        return depthwiseConv2dBackwardFilter(g, traits);
      case "implicitGemm":
      case "fewChannels":
        return implicitGemmConv2dBackwardFilter(g, traits);
      case "tiledGemm":
        return tiledGemmConv2dBackwardFilter(g, traits);
      case "direct":
        return directConv2dBackwardFilter(g, traits);
    }
  }
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
 * The family that is asked for where it can do it; else the one that autotuning found best; else the one that should be: register tiles for a
 * processor, on a GPU they would spill; for a GPU tiles in workgroup memory, whose barriers a processor pays for dearly. What is small on either
 * is done soonest by the general kernels.
 */
function choose(
  operator: string,
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest,
): { readonly algorithm: Conv2dAlgorithm; readonly choice?: Choice } {
  const candidates = candidatesFor(operator, g);
  const named = CONV2D_ALGORITHMS.find((algorithm) => algorithm === request);
  if (named && (candidates.includes(named) || named === "fewChannels")) return { algorithm: named };
  const key = tuningKey(operator, g);
  const tuned = candidates.find((algorithm) => algorithm === traits.tuning[key]);
  return { algorithm: tuned ?? bestByReason(g, traits), choice: { key, candidates } };
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
