/**
 * Tuned numbers that several operator families share. The command after a number shows the rows that it decides. Run it
 * before and after a change. docs/internals/tuning-notes.md has the measured figures.
 *
 * "software" is a software adapter. It runs as many invocations side by side as the CPU has cores times SIMD lanes, and
 * finishes sooner if the last workgroup is small. A GPU needs some ten thousand invocations in flight to hide its
 * latencies.
 */

/** Invocations of a workgroup. Command: npm run bench -- --quick */
export const WORKGROUP_SIZE = { software: 16, gpu: 64 } as const;

/** How reductions are cut into slices; see slices.ts. */
export const SLICES = {
  /**
   * A reduction is cut into slices until it has this many invocations. Command: npm run bench -- --cases "(dw|db)$"
   */
  invocationsWanted: { software: 256, gpu: 131_072 },
  /** More slices take longer to add than they gain. Command, on a GPU: npm run bench -- --cases "^large .*(dw|db)$" */
  most: 4096,
  /**
   * A larger workspace costs more traffic than its slices gain. Command, on a GPU: npm run bench -- --cases "^large
   * .*dw$"
   */
  mostWorkspaceBytes: 32 * 2 ** 20,
  /**
   * If a slice has few elements, a GPU adds more than twice this many slices in two steps. In one step, each load would
   * wait for the load before it. The first of two steps has more invocations.
   * Command, on a GPU: npm run bench -- --cases "^large (depthwise|expand|E) (dw|db)$"
   */
  atATime: 64,
  fewElements: 2 ** 16,
} as const;

/**
 * On a software adapter, rows of tiles are cut into strips until there are this many invocations; see strips.ts. A
 * strip needs some five integer divisions to find its place, and each division costs as much as a load. On a GPU an
 * invocation takes one tile.
 * Command: npm run bench -- --cases "^(pad|transpose|max|average)"
 */
export const STRIP_INVOCATIONS = 512;

/**
 * A sum of at least `fewestTerms` is long. Added in order, its error would grow with the number of its terms. So
 * convolutions and matrix products cut it into slices of about `termsOfSlice`, or into blocks, and add these in pairs.
 */
export const LONG_SUM = { fewestTerms: 2 ** 15, termsOfSlice: 2 ** 12 } as const;
