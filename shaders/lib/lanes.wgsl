// Neighbouring channels that are handled as one value: four if channels come in fours, else one.

#if FOURS
alias Lane = vec4<f32>;
alias LaneBits = vec4<u32>;
alias LaneBool = vec4<bool>;
const LANES: u32 = 4;
#else
alias Lane = f32;
alias LaneBits = u32;
alias LaneBool = bool;
const LANES: u32 = 1;
#endif

// See lib/relu.wgsl.
fn relu(value: Lane) -> Lane {
  return select(value, Lane(0.0), bitcast<LaneBits>(value) - LaneBits(0x80000001u) < LaneBits(0x7f800000u));
}
