// The gradients of group normalization with respect to scale and bias, over a slice of the pixels of all images.
//
// x, dy [rows, groups, d], where the rows are the pixels of all images; statistics [n, 4, groups]; float32.
//
//   dscale[slice] = Σ dy · (x − mean) · root,   dbias[slice] = Σ dy   over the slice's rows
//
// One invocation owns LANES neighbouring channels of one slice, and adds its rows in blocks. sumSlices.wgsl adds the
// slices.
// Reference: src/runtime/reference/groupNormalizationBackward.ts

#import grid
#import groups

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override ALONG: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  rows: u32,
  rowsPerSlice: u32,
  rowsOfBlock: u32,
  // The numbers of the first slice and of the first row, counted over all chunks.
  firstSlice: u32,
  firstRow: u32,
  pixels: u32,
  groups: u32,
  // In lanes: a group's channels, and all channels.
  groupLanes: u32,
  lanes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;               // [rows, groups, d]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;              // [rows, groups, d]
@group(0) @binding(3) var<storage, read> statistics: array<Value>;     // [n, 4, groups]: factor, mean, rest, root
@group(0) @binding(4) var<storage, read_write> dscale: array<Lane>;    // [slice, groups, d]
@group(0) @binding(5) var<storage, read_write> dbias: array<Lane>;     // [slice, groups, d]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let slice = index / params.lanes;
  let c = index - slice * params.lanes;
  let group = c / params.groupLanes;
  let end = min((slice + 1u) * params.rowsPerSlice, params.rows);
  var sum = Lane(0.0);
  var product = Lane(0.0);
  var row = slice * params.rowsPerSlice;
  while (row < end) {
    let endOfBlock = min(row + params.rowsOfBlock, end);
    var sumOfBlock = Lane(0.0);
    var productOfBlock = Lane(0.0);
    while (row < endOfBlock) {
      let image = (params.firstRow + row) / params.pixels;
      let endOfImage = min((image + 1u) * params.pixels - params.firstRow, endOfBlock);
      let s = image * 4u * params.groups + group;
      let own = Statistics(
        statistics[s],
        statistics[s + params.groups],
        statistics[s + 2u * params.groups],
        statistics[s + 3u * params.groups]
      );
      for (; row < endOfImage; row++) {
        let i = row * params.lanes + c;
        let slope = dy[i];
        sumOfBlock += slope;
        productOfBlock += slope * normalized(x[i], own);
      }
    }
    sum += sumOfBlock;
    product += productOfBlock;
  }
  let i = params.firstSlice * params.lanes + index;
  dscale[i] = product;
  dbias[i] = sum;
}
