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
  type Conv2dAlgorithm,
  isSoonDone,
  type KernelPlan,
  type SlicedPlan,
  slicesFor,
  workgroupSize,
} from "./kernelPlan.js";

export function planConv2d(g: Conv2dGeometry, traits: DeviceTraits, request: AlgorithmRequest = "auto"): KernelPlan {
  switch (familyFor(g, traits, request)) {
    case "depthwise":
      return depthwiseConv2d(g, traits);
    case "implicitGemm":
      return g.cPerGroup % 4 === 0 ? implicitGemmConv2d(g, traits) : fewChannelsConv2d(g, traits);
    case "fewChannels":
      return fewChannelsConv2d(g, traits);
    case "tiledGemm":
      return tiledGemmConv2d(g);
    case "direct":
      return directConv2d(g, traits);
  }
}

export function planConv2dBackwardInput(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): KernelPlan {
  switch (familyFor(g, traits, request)) {
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

export function planConv2dBackwardFilter(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): SlicedPlan {
  switch (familyFor(g, traits, request)) {
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
 * The family that is asked for where it can do it, else the best: register tiles for a processor, on a GPU they would spill; for a GPU tiles in
 * workgroup memory, whose barriers a processor pays for dearly. What is small on either is done soonest by the general kernels.
 */
function familyFor(g: Conv2dGeometry, traits: DeviceTraits, request: AlgorithmRequest): Conv2dAlgorithm {
  const unfit = (request === "depthwise" && !isDepthwise(g)) || (request === "tiledGemm" && !fitsTiledGemm(g));
  if (request !== "auto" && !unfit) return request;
  if (isDepthwise(g)) return "depthwise";
  if (traits.software) return isSoonDone(g, traits) ? "direct" : "implicitGemm";
  return fitsTiledGemm(g) && Math.min(g.cPerGroup, g.kPerGroup) >= FEWEST_TILED_CHANNELS ? "tiledGemm" : "direct";
}

/** With fewer, most of a tile would be idle. */
const FEWEST_TILED_CHANNELS = 16;
