// Neighbouring output channels that are loaded as one value: four if the channels of a group come in fours, else one.

#if K_FOURS
alias KLane = vec4<f32>;
alias KLaneBits = vec4<u32>;
const K_LANES: u32 = 4;
#else
alias KLane = f32;
alias KLaneBits = u32;
const K_LANES: u32 = 1;
#endif

// See lib/relu.wgsl.
fn relu(value: KLane) -> KLane {
  return select(value, KLane(0.0), bitcast<KLaneBits>(value) - KLaneBits(0x80000001u) < KLaneBits(0x7f800000u));
}
