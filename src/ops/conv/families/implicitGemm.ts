import forward from "../../../../shaders/conv/conv2d/implicitGemm.wgsl";
import filter from "../../../../shaders/conv/conv2dBackwardFilter/implicitGemm.wgsl";
import input from "../../../../shaders/conv/conv2dBackwardInput/implicitGemm.wgsl";
import { type Conv2dGeometry, isDilated } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";
import { slicesFor } from "../../kit/slices.js";
import { boundOfProducts, type Family } from "../family.js";
import { backwardFilterKernel, backwardInputKernel, forwardKernel } from "../singleKernel.js";
import { isForDirect } from "../smallWork.js";
import {
  conv2dBackwardFilterTile,
  conv2dBackwardInputTile,
  conv2dTile,
  fewChannelsTile,
  runsOf,
} from "./registerTiles.js";

/**
 * Matrix products over large register tiles, for software adapters, where barriers and loads are expensive. On a GPU
 * the tiles do not fit the registers. registerTiles.ts computes the sizes of the tiles.
 */
export const implicitGemm: Family<"implicitGemm"> = {
  name: "implicitGemm",
  automatic: "software",
  masksRelu: true,
  joinsPixels: true,
  fits: () => true,
  suits: (pass, g, traits) => !isForDirect(pass, g, traits),
  bound: boundOfProducts,
  passes: {
    conv2d: planConv2d,
    conv2dBackwardInput: planConv2dBackwardInput,
    conv2dBackwardFilter: planConv2dBackwardFilter,
  },
};

/** A small workgroup: the last one ends soon after the others. */
const WORKGROUP_SIZE = 16;

function planConv2d(g: Conv2dGeometry, traits: DeviceTraits) {
  const C_FOURS = g.cPerGroup % 4 === 0;
  const { rows, channels, sharing, stepE, stepX, window } = (C_FOURS ? conv2dTile : fewChannelsTile)(g, traits);
  const tiles = Math.ceil(g.q / rows) * Math.ceil(g.kPerGroup / (channels * sharing));
  return forwardKernel(g, {
    shader: forward,
    constants: {
      C_FOURS,
      K_FOURS: g.kPerGroup % 4 === 0,
      QUADS: sharing > 1,
      TILE_Q: rows,
      TILE_K: channels / 4,
      STEP_E: stepE,
      FOURS_E: Math.ceil(stepE / 4),
      STEP_X: stepX,
      WINDOW: window,
      WORKGROUP_SIZE,
    },
    params: runsOf(g),
    invocations: g.n * g.p * g.groups * tiles * sharing,
  });
}

function planConv2dBackwardInput(g: Conv2dGeometry, traits: DeviceTraits) {
  const { rows, channels, sharing } = conv2dBackwardInputTile(g, traits);
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  const tiles = phases * Math.ceil(columnsOfPhase / rows) * Math.ceil(g.cPerGroup / (channels * sharing));
  return backwardInputKernel(g, {
    shader: input,
    constants: {
      DILATED: isDilated(g),
      K_FOURS: g.kPerGroup % 4 === 0,
      PARTIAL_REACH: g.r > 1 || g.s > 1,
      QUADS: sharing > 1,
      TILE_W: rows,
      OWN_W: Math.ceil(rows / sharing),
      TILE_C: channels,
      WORKGROUP_SIZE,
    },
    invocations: g.n * g.h * g.groups * tiles * sharing,
  });
}

function planConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits) {
  const { rows: fours, channels, sharing } = conv2dBackwardFilterTile(g, traits);
  const { runs, runLength } = runsOf(g);
  const tilesOfRow = runs * Math.ceil(runLength / (4 * fours)) * Math.ceil(g.kPerGroup / (channels * sharing));
  const invocations = g.r * g.groups * tilesOfRow * sharing;
  return backwardFilterKernel(g, {
    shader: filter,
    constants: {
      C_FOURS: g.cPerGroup % 4 === 0,
      K_FOURS: g.kPerGroup % 4 === 0,
      QUADS: sharing > 1,
      TILE_E: fours,
      TILE_K: channels / 4,
      OWN_COLUMNS: 4 / sharing,
      WORKGROUP_SIZE,
    },
    params: { runs, runLength },
    invocations,
    slices: slicesFor(invocations, g.n * g.p, g.r * g.s * g.cPerGroup * g.k, traits, g.n * g.p * g.q),
  });
}
