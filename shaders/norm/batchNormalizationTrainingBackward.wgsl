// The gradient of batch normalization with respect to its input, with the dependence of mean and variance on the input.
//
// x, dy, dx [rows, c]; mean, spread, scale, dscale, dbias [c]; float32.
//
//   dx[row,c] = scale[c] · root · (dy[row,c] − (dbias[c] + (x[row,c] − mean[c]) · root · dscale[c]) / rows of the batch)
//
// where root = 1 / √(variance[c] + epsilon); dscale and dbias come from batchNormalizationBackward/slopes. The spread is the
// variance, or the deviation 1 / root. One invocation owns LANES neighbouring channels of every strips-th row. So it
// computes the statistics of these channels once.
// Reference: src/runtime/reference/batchNormalizationTrainingBackward.ts

#import grid
#import lanes
#import channels

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override HAS_SCALE: bool = true;
override HAS_DEVIATION: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  rows: u32,
  c: u32,
  strips: u32,
  epsilon: f32,
  // 1 / (number of all rows), not only of the bound rows.
  share: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;           // [rows, c]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;          // [rows, c]
@group(0) @binding(3) var<storage, read> mean: array<Lane>;        // [c]
@group(0) @binding(4) var<storage, read> spread: array<Lane>;      // [c]
@group(0) @binding(5) var<storage, read> scale: array<Lane>;       // [c]; not read if HAS_SCALE is false
@group(0) @binding(6) var<storage, read> dscale: array<Lane>;      // [c]
@group(0) @binding(7) var<storage, read> dbias: array<Lane>;       // [c]
@group(0) @binding(8) var<storage, read_write> dx: array<Lane>;    // [rows, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let c = index % lanes;
  let own = statisticsOf(mean[c], spread[c], params.epsilon);
  var gain = insideRange(own.root, own.factor);
  if (HAS_SCALE) {
    gain = insideRange(gain.first * scale[c], gain.second);
  }
  let even = dbias[c] * params.share;
  let tilt = dscale[c] * params.share;
  for (var row = index / lanes; row < params.rows; row += params.strips) {
    let i = row * lanes + c;
    dx[i] = (dy[i] - even - normalized(x[i], own) * tilt) * gain.first * gain.second;
  }
}
