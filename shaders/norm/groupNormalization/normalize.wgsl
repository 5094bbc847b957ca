// Group normalization by the statistics of each group.
//
// x, y [n, pixels, groups, d]; scale, bias [groups, d]; statistics [n, 4, groups]; float32.
//
//   y[n,pixel,c] = (x[n,pixel,c] − mean[n,g]) · root[n,g] · scale[c] + bias[c]
//
// where g is the group of channel c. One invocation owns LANES neighbouring channels of every strips-th pixel of an
// image. So it loads the values of these channels once.
// Reference: src/runtime/reference/groupNormalization.ts

#import grid
#import groups

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override ALONG: bool = true;
override HAS_SCALE: bool = true;
override HAS_BIAS: bool = true;

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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [n, pixels, groups, d]
@group(0) @binding(2) var<storage, read> statistics: array<Value>;    // [n, 4, groups]: factor, mean, rest, root
@group(0) @binding(3) var<storage, read> scale: array<Lane>;          // [groups, d]; not read if HAS_SCALE is false
@group(0) @binding(4) var<storage, read> bias: array<Lane>;           // [groups, d]; not read if HAS_BIAS is false
@group(0) @binding(5) var<storage, read_write> y: array<Lane>;        // [n, pixels, groups, d]

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
  let s = (params.firstImage + image) * 4u * params.groups + c / params.groupLanes;
  let own = Statistics(
    statistics[s],
    statistics[s + params.groups],
    statistics[s + 2u * params.groups],
    statistics[s + 3u * params.groups]
  );
  var gain = Lane(1.0);
  if (HAS_SCALE) {
    gain = scale[c];
  }
  var offset = Lane(0.0);
  if (HAS_BIAS) {
    offset = bias[c];
  }
  for (var pixel = strip; pixel < params.pixels; pixel += params.strips) {
    let i = (image * params.pixels + pixel) * params.lanes + c;
    y[i] = normalized(x[i], own) * gain + offset;
  }
}
