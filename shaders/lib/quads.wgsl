// Invocations that share their loads.
//
// On many adapters with subgroups, four neighbouring invocations form a quad. WGSL does not promise it, so plans use
// quads only where check/quads.wgsl has found them. Each invocation loads a quarter of the values that all four need,
// and quadBroadcast passes a value to all four. This pays on a software adapter, where a load costs as much
// as a dozen multiply-adds. Without quads an invocation is alone: it loads all values itself, and quadBroadcast
// returns its argument.
//
// A shader that imports this declares `alias Shared`, the type of a shared value. A quad must be four invocations in a
// row of the workgroup's linear index, and they must take the same branches. They do if branches depend on index /
// SHARING only.

#if QUADS
enable subgroups;
diagnostic(off, subgroup_uniformity);
const SHARING: u32 = 4;
#else
const SHARING: u32 = 1;

fn quadBroadcast(value: Shared, inQuad: u32) -> Shared {
  return value;
}
#endif
