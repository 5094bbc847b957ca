// Mean and variance of each channel, from those of the slices of its rows.
//
// moments [slices, 4, c]; mean, variance [c]; float32.
//
//   reference = Σ count_s · reference_s / count,   distance_s = reference_s − reference
//   rest = Σ (rest_s + count_s · distance_s),   squares = Σ (squares_s + 2 · distance_s · rest_s + count_s · distance_s²)
//   mean = reference + rest / count,   variance = (squares − rest² / count) / count
//
// The corrected two-pass algorithm, and the sum over samples, of Chan, Golub and LeVeque, "Algorithms for Computing the
// Sample Variance", The American Statistician 37(3), 1983. One invocation owns LANES neighbouring channels, and adds
// from the first slice to the last.
// Reference: src/runtime/reference/batchNormalizationTraining.ts

#import grid
#import lanes

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  c: u32,
  slices: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> moments: array<Lane>;           // [slice, 4, c]: reference, rest, squares, count
@group(0) @binding(2) var<storage, read_write> mean: array<Lane>;        // [c]
@group(0) @binding(3) var<storage, read_write> variance: array<Lane>;    // [c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let c = index % lanes;
  let end = params.slices * 4u * lanes;
  var count = Lane(0.0);
  var sum = Lane(0.0);
  for (var i = c; i < end; i += 4u * lanes) {
    let own = moments[i + 3u * lanes];
    count += own;
    sum += own * moments[i];
  }
  // Its last bit cleared, as in sliceMoments.
  let reference = bitcast<Lane>(bitcast<LaneBits>(sum / count) & LaneBits(0xfffffffeu));
  var rest = Lane(0.0);
  var squares = Lane(0.0);
  for (var i = c; i < end; i += 4u * lanes) {
    let distance = moments[i] - reference;
    let ownRest = moments[i + lanes];
    let shifted = moments[i + 3u * lanes] * distance;
    rest += ownRest + shifted;
    squares += moments[i + 2u * lanes] + (2.0 * ownRest + shifted) * distance;
  }
  // An infinite mean has no rest, because ∞ − ∞ is NaN.
  let infinite = (bitcast<LaneBits>(reference) & LaneBits(0x7fffffffu)) == LaneBits(0x7f800000u);
  mean[c] = select(reference + rest / count, reference, infinite);
  variance[c] = relu((squares - rest * rest / count) / count);
}
