/** Something that needs memory for a while. */
export interface Lifetime {
  readonly bytes: number;
  /** The first step that may touch it, and the first step that no longer does. */
  readonly from: number;
  readonly until: number;
}

/** The place of each lifetime. */
export interface MemoryPlan {
  /** By the index of the lifetime. Undefined if no step touches it. */
  readonly placeOf: readonly (number | undefined)[];
  /** The bytes of each place. */
  readonly placeBytes: readonly number[];
}

/**
 * Puts lifetimes that do not overlap into the same place. It takes the largest first, and puts each into the first
 * place that is free for the whole lifetime. A place is as large as the first lifetime in it.
 *
 * This is "greedy by size" of Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const places: { readonly bytes: number; readonly tenants: Lifetime[] }[] = [];
  const placeOf: (number | undefined)[] = lifetimes.map(() => undefined);
  const largestFirst = [...lifetimes.entries()].sort(([i, a], [j, b]) => b.bytes - a.bytes || i - j);
  for (const [i, lifetime] of largestFirst) {
    if (lifetime.from >= lifetime.until) continue;
    let place = places.findIndex(({ tenants }) => !tenants.some((tenant) => meet(tenant, lifetime)));
    if (place < 0) place = places.push({ bytes: lifetime.bytes, tenants: [] }) - 1;
    places[place]?.tenants.push(lifetime);
    placeOf[i] = place;
  }
  return { placeOf, placeBytes: places.map(({ bytes }) => bytes) };
}

function meet(a: Lifetime, b: Lifetime): boolean {
  return a.from < b.until && b.from < a.until;
}
