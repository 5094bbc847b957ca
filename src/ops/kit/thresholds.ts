/**
 * Tuned numbers that several operator families share. The command after a number shows the rows that it decides: run it before and after a
 * change. docs/performance.md has the figures that were measured.
 *
 * "software" is an adapter that computes on a processor. It has as many lanes as cores times vector width, and finishes sooner where the last
 * workgroup is small. A GPU needs some ten thousand invocations in flight to hide its latencies.
 */

/** Invocations of a workgroup. Command: npm run bench -- --quick */
export const WORKGROUP_SIZE = { software: 16, gpu: 64 } as const;

/** How reductions are cut into slices; see slices.ts. */
export const SLICES = {
  /** A reduction gets as many slices as give so many invocations. Command: npm run bench -- --cases "(dw|db)$" */
  invocationsWanted: { software: 256, gpu: 131_072 },
  /** More slices take longer to add than they gain side by side. Command, on a GPU: npm run bench -- --cases "^large .*(dw|db)$" */
  most: 4096,
  /** A larger workspace costs more traffic than its slices gain. Command, on a GPU: npm run bench -- --cases "^large .*dw$" */
  mostWorkspaceBytes: 32 * 2 ** 20,
  /**
   * A GPU adds more than twice so many slices in two steps if a slice has few elements: each load waits for the one before it, and the first
   * step has more invocations. Command, on a GPU: npm run bench -- --cases "^large (depthwise|expand|E) (dw|db)$"
   */
  atATime: 64,
  fewElements: 2 ** 16,
} as const;

/**
 * A software adapter cuts rows of tiles into strips until there are so many invocations; see strips.ts. To find a strip's place takes some five
 * integer divisions, and each costs as much as a load. A GPU takes one tile an invocation. Command: npm run bench -- --cases "^(pad|transpose|max|average)"
 */
export const STRIP_INVOCATIONS = 512;
