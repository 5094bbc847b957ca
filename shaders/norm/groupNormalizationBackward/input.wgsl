// The gradient of group normalization with respect to its input.
//
// x, dy, dx [n, pixels, groups, d]; scale [groups, d]; statistics [n, 4, groups]; sums [n, 2, groups]; float32.
//
//   dx[n,pixel,c] = root[n,g] · (dy[n,pixel,c] · scale[c] − (sums[n,0,g] + x̂[n,pixel,c] · sums[n,1,g]) / values of a group)
//
// where g is the group of channel c and x̂ = (x − mean) · root. One invocation owns LANES neighbouring channels of
// every strips-th pixel of an image. So it loads the values of these channels once.
// Reference: src/runtime/reference/groupNormalizationBackward.ts

#import grid
#import groups

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override ALONG: bool = true;
override HAS_SCALE: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  pixels: u32,
  strips: u32,
  // The number of the first bound image.
  firstImage: u32,
  groups: u32,
  // In lanes: a group's channels, and all channels.
  groupLanes: u32,
  lanes: u32,
  // 1 / (number of values of a group).
  share: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [n, pixels, groups, d]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;             // [n, pixels, groups, d]
@group(0) @binding(3) var<storage, read> statistics: array<Value>;    // [n, 4, groups]: factor, mean, rest, root
@group(0) @binding(4) var<storage, read> sums: array<Value>;          // [n, 2, groups]
@group(0) @binding(5) var<storage, read> scale: array<Lane>;          // [groups, d]; not read if HAS_SCALE is false
@group(0) @binding(6) var<storage, read_write> dx: array<Lane>;       // [n, pixels, groups, d]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let imageAndStrip = index / params.lanes;
  let c = index - imageAndStrip * params.lanes;
  let image = imageAndStrip / params.strips;
  let strip = imageAndStrip - image * params.strips;
  let group = c / params.groupLanes;
  let s = (params.firstImage + image) * 4u * params.groups + group;
  let own = Statistics(
    statistics[s],
    statistics[s + params.groups],
    statistics[s + 2u * params.groups],
    statistics[s + 3u * params.groups]
  );
  let t = (params.firstImage + image) * 2u * params.groups + group;
  let even = sums[t] * params.share;
  let tilt = sums[t + params.groups] * params.share;
  let root = insideRange(own.root, own.factor);
  var gain = Lane(1.0);
  if (HAS_SCALE) {
    gain = scale[c];
  }
  for (var pixel = strip; pixel < params.pixels; pixel += params.strips) {
    let i = (image * params.pixels + pixel) * params.lanes + c;
    dx[i] = (dy[i] * gain - even - normalized(x[i], own) * tilt) * root.first * root.second;
  }
}
