// The statistics of each group, from the moments of the slices of its values.
//
// moments [n, slices, 5, groups], statistics [n, 4, groups]: factor, mean, rest, root; means, variances, deviations
// [n, groups]; float32.
//
//   factor = factorOf(max largest_s),   mean = Σ count_s · mean_s / count,   distance_s = mean_s − mean
//   rest = Σ (rest_s + count_s · distance_s),   squares = Σ (squares_s + 2 · distance_s · rest_s + count_s · distance_s²)
//   root = 1 / √((squares − rest² / count) / count + epsilon · factor²)
//   means = (mean + rest / count) / factor,   variances = (squares − rest² / count) / count / factor²,
//   deviations = √(variances + epsilon)
//
// where mean_s, rest_s and squares_s are brought to the scale of factor. The rest that is stored is rest / count, the
// correction of the mean. This is the corrected two-pass algorithm, and the sum over samples, of Chan, Golub and LeVeque,
// "Algorithms for Computing the Sample Variance", The American Statistician 37(3), 1983.
// One invocation owns one group, or LANES groups. It adds the means in blocks, rest and squares in pairs. A group that
// holds NaN or an infinity has NaN for its root, and so has a group without a spread if epsilon is 0.
// Reference: src/runtime/reference/groupNormalization.ts

#import grid
#import groups
#import pairs

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
const ALONG: bool = false;
// Whether means, variances and deviations are wanted.
override MOMENTS: bool = true;
const SMALLEST_NORMAL: f32 = 0x1p-126;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  groups: u32,
  slices: u32,
  slicesOfBlock: u32,
  // How many values a group has.
  values: f32,
  rootOfEpsilon: f32,
  // All bits are set.
  mask: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> moments: array<Value>;             // [n, slices, 5, groups]: largest, count, mean, rest, squares
@group(0) @binding(2) var<storage, read_write> statistics: array<Value>;    // [n, 4, groups]: factor, mean, rest, root
#if MOMENTS
@group(0) @binding(3) var<storage, read_write> means: array<Value>;         // [n, groups]
@group(0) @binding(4) var<storage, read_write> variances: array<Value>;     // [n, groups]
@group(0) @binding(5) var<storage, read_write> deviations: array<Value>;    // [n, groups]
#endif

// The factor that brings the values of a slice to the scale of the group.
fn ratioOf(i: u32, factor: Value) -> Value {
  return factor * inverseOfPower(factorOf(moments[i], params.rootOfEpsilon));
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let image = index / params.groups;
  let group = index - image * params.groups;
  let step = 5u * params.groups;
  let first = image * params.slices * step + group;
  let end = first + params.slices * step;
  let blockStep = params.slicesOfBlock * step;

  var largestBits = ValueBits(0u);
  for (var i = first; i < end; i += step) {
    largestBits = max(largestBits, bitcast<ValueBits>(moments[i]));
  }
  let factor = factorOf(bitcast<Value>(largestBits), params.rootOfEpsilon);
  let count = Value(params.values);

  let origin = finite(moments[first + 2u * params.groups] * ratioOf(first, factor));
  var total = Value(0.0);
  for (var block = first; block < end; block += blockStep) {
    let endOfBlock = min(block + blockStep, end);
    var sum = Value(0.0);
    for (var i = block; i < endOfBlock; i += step) {
      sum += moments[i + params.groups] * (moments[i + 2u * params.groups] * ratioOf(i, factor) - origin);
    }
    total += sum;
  }
  let mean = rounded(origin + total / count, params.mask);

  var rests: Pairs;
  var squareSums: Pairs;
  for (var i = first; i < end; i += step) {
    let ratio = ratioOf(i, factor);
    let distance = moments[i + 2u * params.groups] * ratio - mean;
    let ownRest = moments[i + 3u * params.groups] * ratio;
    let shifted = moments[i + params.groups] * distance;
    addBlock(&rests, ownRest + shifted);
    addBlock(&squareSums, moments[i + 4u * params.groups] * ratio * ratio + (2.0 * ownRest + shifted) * distance);
  }
  let rest = sumOfPairs(&rests);
  let squares = sumOfPairs(&squareSums);
  let correction = rest / count;
  let variance = max((squares - rest * correction) / count, Value(0.0));
  let rootOfEpsilon = params.rootOfEpsilon * factor;
  let sum = variance + rootOfEpsilon * rootOfEpsilon;
  // The square of the root of epsilon may underflow. It counts only if there is no variance.
  var root = select(
    inverseSqrt(sum),
    Value(1.0) / max(rootOfEpsilon, Value(SMALLEST_NORMAL)),
    sum < Value(SMALLEST_NORMAL)
  );
  let withoutSpread = (sum == Value(0.0)) & (Value(params.rootOfEpsilon) == Value(0.0));
  let isLost = largestBits >= ValueBits(0x7f800000u);
  root = select(root, notANumber(), withoutSpread | isLost);

  let i = image * 4u * params.groups + group;
  statistics[i] = factor;
  statistics[i + params.groups] = mean;
  statistics[i + 2u * params.groups] = correction;
  statistics[i + 3u * params.groups] = root;
#if MOMENTS
  let unit = inverseOfPower(factor);
  let deviation = select(sqrt(sum) * unit, Value(params.rootOfEpsilon), sum < Value(SMALLEST_NORMAL));
  // The mean of infinities of one sign is infinite, and has no correction.
  means[index] = select(mean + correction, mean, isLost) * unit;
  variances[index] = select(variance * unit * unit, notANumber(), isLost);
  deviations[index] = select(deviation, notANumber(), isLost);
#endif
}

// WGSL refuses constants that are NaN, so the bits come from the params.
fn notANumber() -> Value {
  return bitcast<Value>(ValueBits(params.mask));
}
