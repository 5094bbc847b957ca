/**
 * The tuned numbers of the convolution families, as data. The command after a number shows the rows that it decides.
 * Run it before and after a change, on a software adapter or on a GPU as the comment says. docs/internals/tuning-notes.md has the
 * measured figures and the trials.
 *
 * `conv2dFlops` counts the operations. On a software adapter the time of a first call counts too: the column "first
 * ms".
 */

/**
 * Software: "auto" takes `direct` up to this many operations. It compiles in a third to a half of the time that a
 * larger kernel takes. Command: npm run bench -- --cases "^(small|lenet5)"
 */
export const MOST_FLOPS_OF_DIRECT = {
  conv2d: { depthwise: 0, other: 5e5 },
  conv2dBackwardInput: {
    depthwise: 0,
    /** Input and output channels come in fours. */
    fours: 1e5,
    /** One input channel, and dy does not come in fours. Compiling register tiles takes longer than they save. */
    oneChannel: Infinity,
    other: 4e6,
  },
  /** Here `direct` shares loads in quads. With single channels it is as good as the other families. */
  conv2dBackwardFilter: {
    /** For each tap. Command: npm run bench -- --cases "depthwise.* dw$" */
    depthwisePerTap: 1.2e5,
    /** Input channels come in fours. */
    fours: 1.2e7,
    other: 2.4e7,
  },
} as const;

/**
 * Software: up to this many operations, most kernels have their smallest tiles, which compile soonest.
 * Command: npm run bench -- --cases "^small"
 */
export const MOST_FLOPS_OF_SMALLEST_TILES = 5e5;

/** Tiles of `direct`. */
export const DIRECT = {
  /**
   * dw, software: rows of a tile if rows are loaded one by one. Command: npm run bench -- --cases "^(C|small odd) dw$"
   */
  mostRows: 8,
  /** dw, software: sums of a tile. Command: as above */
  mostSums: 64,
  /** dw, software: up to this many operations a tile has one row. Command: npm run bench -- --cases "^small.* dw$" */
  mostFlopsOfOneRow: 2e6,
  /**
   * dw, software: up to this many operations there is one slice. More slices need a second kernel. Command: as above
   */
  mostFlopsOfOneSlice: 4e6,
  /**
   * dw, software: with fewer output channels, quads take them one by one. In fours, some invocations of a quad would
   * have no channel to load. Command: as above
   */
  fewestChannelsInFours: 16,
} as const;

/** Tiles of `depthwise`. Command for all: npm run bench -- --cases "depthwise" */
export const DEPTHWISE = {
  /** The taps of a row that an iteration takes. The taps and the columns that they read stay in registers. */
  mostTapsOfRow: 7,
  /** Up to this many taps, all are taken at once. With more, compiling takes longer than it saves. */
  mostTapsAtOnce: 25,
  /** The same for the forward above `littleFlops` operations, and for dw in single channels. */
  mostTapsOfLittle: 49,
  /**
   * Software: up to this many operations, in all or for each tap, are little work. Little work takes single channels,
   * which compile sooner.
   */
  littleFlops: 1e6,
  /** Forward, software: with more taps than these, a tile of little work has one column. */
  mostTapsOfTwoColumns: 9,
  /** dw: from this many operations on, larger tiles are worth compiling. */
  muchFlops: 2e7,
  /** Forward, software: with fewer invocations, cores would wait for each other. */
  invocationsOfWalk: 256,
  /** dw: loads of a step. Loads take the longest to compile. */
  mostLoads: 12,
  /** dw, software: the same up to `leastFlopsPerTap` operations for each tap. */
  mostLoadsOfLeast: 7,
  leastFlopsPerTap: 2e5,
  /** dw, GPU: rows of a strip. Command: npm run bench -- --cases "^large depthwise.* dw$" */
  rowsOfStrip: 8,
  /** dw, software: little work with more invocations than these fills two cores without slices. */
  fewInvocations: 16,
} as const;

/**
 * Software: the prices of an `implicitGemm` tile, in nanoseconds of one core for four invocations side by side. They
 * include addresses and edges, so they are higher than the price of a bare operation. Command: npm run bench:prices
 */
export const NANOSECONDS = {
  /** The CPU gathers the four values of each invocation one by one. */
  vectorLoad: 30,
  scalarLoad: 11,
  vectorBroadcast: 7,
  multiplyAdd: 0.45,
} as const;

/** Software: the milliseconds to compile a load and a sum in the code. Command: npm run bench -- --cases "^[AD] " */
export const COMPILE_MILLISECONDS = { load: 4.5, sum: 0.85 } as const;

/** Software: the tiles of `implicitGemm`, the cheapest by the prices above. */
export const REGISTER_TILES = {
  /** The cores that the prices are shared among. */
  cores: 2,
  /**
   * A larger tile takes longer to compile. It must gain that time within this many calls. dw gains the most by large
   * tiles. dx takes the longest to compile. Command: npm run bench -- --cases "^[AD] "
   */
  calls: { conv2d: 100, conv2dBackwardInput: 40, conv2dBackwardFilter: 300 },
  /**
   * Vector loads in the loop of a tile. With more, tiles run at two thirds of the speed.
   * Command: npm run bench -- --cases "^[A-D] "
   */
  mostLoads: 18,
  /** Forward and dx: columns of a tile, and its sums. Command: npm run bench -- --cases "^[A-D] (forward|dx)$" */
  columns: { mostRows: 14, mostSums: 112 },
  /**
   * Forward, if input channels do not come in fours: values of a run in one step.
   * Command: npm run bench -- --cases "^[CE] forward$"
   */
  mostStep: 11,
  /**
   * dw: fours of a run in a tile, and the tile's sums. Below `manyFlops` operations it has fewer sums.
   * Command: npm run bench -- --cases "^[A-E] dw$"
   */
  dw: { mostFours: 6, manyFlops: 2.5e7, mostSums: 128, mostSumsOfFew: 96 },
} as const;

/** GPU: the workgroup tiles of `tiledGemm`. */
export const TILED_GEMM = {
  /** Rows and columns of a workgroup tile. Command: npm run bench -- --cases "^large (resnet|1x1|unet)" */
  largeTile: 64,
  smallTile: 32,
  /**
   * Fewer large tiles than this leave a GPU idle. Tiles are small then. Command: npm run bench -- --cases
   * "^([A-E]|resnet18) "
   */
  workgroupsWanted: 256,
  /**
   * The fewest steps of a slice. With fewer, partial sums cost more than slices gain.
   * Command: npm run bench -- --cases "^([A-E]|resnet18) "
   */
  fewestSteps: 8,
  /**
   * With fewer rows or columns than these, too much of a tile is empty, and `direct` is faster. Forward: output
   * channels, and terms of a sum (more if input channels do not come in fours). dx: input and output channels. dw: rows
   * and columns of the filter.
   * Command: npm run bench -- --cases "^(C|E|lenet5.*|small.*|large (E|expand|resnet stem)) (forward|dx|dw)$"
   */
  fewest: {
    conv2d: { channels: 32, terms: 24, termsOfSingles: 64 },
    conv2dBackwardInput: 16,
    conv2dBackwardFilter: 16,
  },
} as const;
