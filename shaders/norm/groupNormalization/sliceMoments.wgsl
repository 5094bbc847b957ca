// Mean and squared deviations of each group over a slice of its values. mergeMoments.wgsl merges the slices.
//
// x [n, pixels, groups, d]; float32.
//
//   largest = max |x|,   mean = Σ x̃ / count,   rest = Σ (x̃ − mean),   squares = Σ (x̃ − mean)²   over the slice's values
//
// where x̃ = x · factorOf(largest). The kernel reads the values twice, because Σ x² − (Σ x)² / count loses all digits if
// the mean is large. The mean is rounded, so the rest is not 0. If all values are equal, the mean is exact: it is summed
// as the first value plus the mean distance from it.
// A group's values lie at `length` positions, `stride` apart, `inner` lanes at each. Slices are interleaved. One
// invocation owns one slice of one group, or of LANES groups. It adds in blocks, and those of rest and squares in pairs.
// Few values are out of the range where their factor is 1. Then the first sum is computed again.
// Reference: src/runtime/reference/groupNormalization.ts

#import grid
#import groups
#import pairs

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override ALONG: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  length: u32,
  stride: u32,
  inner: u32,
  positionsOfBlock: u32,
  // Of a block that is added in pairs.
  positionsOfPair: u32,
  slices: u32,
  // The number of the first slice, counted over all chunks.
  firstSlice: u32,
  groups: u32,
  // In lanes: from one group to the next, and from one image to the next.
  groupLanes: u32,
  imageLanes: u32,
  rootOfEpsilon: f32,
  // All bits are set.
  mask: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> moments: array<Value>;    // [slice, 5, groups]: largest, count, mean, rest, squares

// The lanes of a slice: every step-th position from the first on.
struct Positions {
  first: u32,
  end: u32,
  step: u32,
}

struct Distances {
  sum: Lane,
  largest: LaneBits,
}

struct Deviations {
  rest: Lane,
  squares: Lane,
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let imageAndSlice = index / params.groups;
  let group = index - imageAndSlice * params.groups;
  let image = imageAndSlice / params.slices;
  let slice = imageAndSlice - image * params.slices;
  let start = image * params.imageLanes + group * params.groupLanes;
  let end = start + params.length * params.stride;
  let positions = Positions(start + slice * params.stride, end, params.slices * params.stride);

  let first = finite(firstOfLanes(x[positions.first]));
  let distances = distancesFrom(first, positions, Value(1.0));
  var sum = sumOfLanes(distances.sum);
  let largest = largestOfLanes(distances.largest);
  let factor = factorOf(largest, params.rootOfEpsilon);
  if (isScaled(factor)) {
    sum = sumOfLanes(distancesFrom(first * factor, positions, factor).sum);
  }
  let lanes = ceilDivide(params.length - slice, params.slices) * params.inner;
  let count = Value(f32(lanes * LANES_OF_GROUP));
  let mean = rounded(first * factor + sum / count, params.mask);
  let deviations = deviationsFrom(mean, positions, factor);

  let i = (params.firstSlice + imageAndSlice) * 5u * params.groups + group;
  moments[i] = largest;
  moments[i + params.groups] = count;
  moments[i + 2u * params.groups] = mean;
  moments[i + 3u * params.groups] = sumOfLanes(deviations.rest);
  moments[i + 4u * params.groups] = sumOfLanes(deviations.squares);
}

fn distancesFrom(origin: Value, positions: Positions, factor: Value) -> Distances {
  var total = Lane(0.0);
  var largest = LaneBits(0u);
  let blockStep = params.positionsOfBlock * positions.step;
  for (var block = positions.first; block < positions.end; block += blockStep) {
    let end = min(block + blockStep, positions.end);
    var sum = Lane(0.0);
    for (var position = block; position < end; position += positions.step) {
      for (var i = position; i < position + params.inner; i++) {
        let value = x[i];
        largest = max(largest, bitcast<LaneBits>(value) & LaneBits(0x7fffffffu));
        sum += value * factor - origin;
      }
    }
    total += sum;
  }
  return Distances(total, largest);
}

fn deviationsFrom(mean: Value, positions: Positions, factor: Value) -> Deviations {
  var rests: Pairs;
  var squareSums: Pairs;
  let blockStep = params.positionsOfPair * positions.step;
  for (var block = positions.first; block < positions.end; block += blockStep) {
    let end = min(block + blockStep, positions.end);
    var rest = Lane(0.0);
    var squares = Lane(0.0);
    for (var position = block; position < end; position += positions.step) {
      for (var i = position; i < position + params.inner; i++) {
        let difference = x[i] * factor - mean;
        rest += difference;
        squares += difference * difference;
      }
    }
    addBlock(&rests, rest);
    addBlock(&squareSums, squares);
  }
  return Deviations(sumOfPairs(&rests), sumOfPairs(&squareSums));
}
