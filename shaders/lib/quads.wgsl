// Invocations that share what they load.
//
// On an adapter with subgroups, four neighbouring invocations form a quad: each loads a quarter of what all four need, and quadBroadcast hands
// it round. A software adapter pays for a load as much as for a dozen multiply-adds a value, so this pays there. Elsewhere an
// invocation is alone: it loads all itself, and quadBroadcast hands back what it is given.
//
// Whoever imports this declares `alias Shared`, the type of what is handed round. A quad must lie in a run of 4 of the workgroup's linear
// index, and its invocations must take the same branches; all SHARING of them do, as index / SHARING tells them apart nowhere.

#if QUADS
enable subgroups;
diagnostic(off, subgroup_uniformity);
const SHARING: u32 = 4;
#else
const SHARING: u32 = 1;

fn quadBroadcast(value: Shared, lane: u32) -> Shared {
  return value;
}
#endif
