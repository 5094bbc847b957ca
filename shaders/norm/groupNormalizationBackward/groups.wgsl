// The sums over each group that the gradient of the input needs, over a slice of the group's values.
//
// x, dy [n, pixels, groups, d]; scale [groups, d]; statistics [n, 4, groups]; float32.
//
//   sums[slice][n][0] = Σ dy · scale,   sums[slice][n][1] = Σ dy · scale · x̂   where x̂ = (x − mean) · root
//
// A group's values lie at `length` positions, `stride` apart, `inner` lanes at each. Slices are interleaved, and
// sumSlices.wgsl adds them. One invocation owns one slice of one group, or of LANES groups, and adds in blocks.
// Reference: src/runtime/reference/groupNormalizationBackward.ts

#import grid
#import groups

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override ALONG: bool = true;
override HAS_SCALE: bool = true;
// Whether the positions lie along the channels of one pixel.
override ALONG_CHANNELS: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  length: u32,
  stride: u32,
  inner: u32,
  positionsOfBlock: u32,
  slices: u32,
  // The numbers of the first slice and of the first image, counted over all parts, and the number of all images.
  firstSlice: u32,
  firstImage: u32,
  n: u32,
  groups: u32,
  // In lanes: from one group to the next, and from one image to the next.
  groupLanes: u32,
  imageLanes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [n, pixels, groups, d]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;             // [n, pixels, groups, d]
@group(0) @binding(3) var<storage, read> statistics: array<Value>;    // [n, 4, groups]: factor, mean, rest, root
@group(0) @binding(4) var<storage, read> scale: array<Lane>;          // [groups, d]; not read if HAS_SCALE is false
@group(0) @binding(5) var<storage, read_write> sums: array<Value>;    // [slice, n, 2, groups]

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
  let s = (params.firstImage + image) * 4u * params.groups + group;
  let own = Statistics(
    statistics[s],
    statistics[s + params.groups],
    statistics[s + 2u * params.groups],
    statistics[s + 3u * params.groups]
  );
  let start = image * params.imageLanes + group * params.groupLanes;
  let end = start + params.length * params.stride;
  let step = params.slices * params.stride;
  let blockStep = params.positionsOfBlock * step;
  var sum = Lane(0.0);
  var product = Lane(0.0);
  for (var block = start + slice * params.stride; block < end; block += blockStep) {
    let endOfBlock = min(block + blockStep, end);
    var sumOfBlock = Lane(0.0);
    var productOfBlock = Lane(0.0);
    for (var position = block; position < endOfBlock; position += step) {
      for (var i = 0u; i < params.inner; i++) {
        var slope = dy[position + i];
        if (HAS_SCALE) {
          if (ALONG_CHANNELS) {
            slope *= scale[position - start];
          } else {
            slope *= scale[group * params.groupLanes + i];
          }
        }
        sumOfBlock += slope;
        productOfBlock += slope * normalized(x[position + i], own);
      }
    }
    sum += sumOfBlock;
    product += productOfBlock;
  }
  let i = ((params.firstSlice + slice) * params.n + params.firstImage + image) * 2u * params.groups + group;
  sums[i] = sumOfLanes(sum);
  sums[i + params.groups] = sumOfLanes(product);
}
