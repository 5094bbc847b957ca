// The gradients of batch normalization with respect to the values of each channel.
//
// These are scale and bias, and mean and variance if they are inputs.
//
// sums [slices, 2, c], of batchNormalizationBackward/sums; variance, scale, dscale, dbias, dmean, dvariance [c];
// float32.
//
//   dbias = Σ sums[slice][0],   dscale = Σ sums[slice][1]
//   dmean = −factor · dbias,   dvariance = −½ · factor · dscale / √(variance + epsilon)   where factor = scale / √(variance + epsilon)
//
// One invocation owns LANES neighbouring channels, and adds the slices in pairs.
// Reference: src/runtime/reference/batchNormalizationBackward.ts

#import grid
#import lanes
#import channels
#import pairs

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override HAS_SCALE: bool = true;
// Whether mean and variance are inputs. If not, they are computed from the batch, and have no gradients.
override GIVEN: bool = true;
const HAS_DEVIATION: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  c: u32,
  slices: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<Lane>;               // [slice, 2, c]
@group(0) @binding(2) var<storage, read_write> dscale: array<Lane>;       // [c]
@group(0) @binding(3) var<storage, read_write> dbias: array<Lane>;        // [c]
#if GIVEN
@group(0) @binding(4) var<storage, read> variance: array<Lane>;           // [c]
@group(0) @binding(5) var<storage, read> scale: array<Lane>;              // [c]; not read if HAS_SCALE is false
@group(0) @binding(6) var<storage, read_write> dmean: array<Lane>;        // [c]
@group(0) @binding(7) var<storage, read_write> dvariance: array<Lane>;    // [c]
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let c = index % lanes;
  var slopes: Pairs;
  var products: Pairs;
  for (var slice = 0u; slice < params.slices; slice++) {
    let i = slice * 2u * lanes + c;
    addBlock(&slopes, sums[i]);
    addBlock(&products, sums[i + lanes]);
  }
  let sum = sumOfPairs(&slopes);
  let product = sumOfPairs(&products);
  dbias[c] = sum;
  dscale[c] = product;
#if GIVEN
  let root = rootOf(variance[c], params.epsilon);
  var factor = root;
  if (HAS_SCALE) {
    factor *= scale[c];
  }
  dmean[c] = -factor * sum;
  dvariance[c] = -0.5 * factor * (root * product);
#endif
}
