// The sums that all gradients of batch normalization need, over a slice of the rows. slopes.wgsl adds the slices.
//
// x, dy [rows, c]; mean, spread [c]; float32. The spread is the variance, or the deviation √(variance + epsilon).
//
//   sums[slice][0] = Σ dy,   sums[slice][1] = Σ dy · (x − mean) / √(variance + epsilon)   over the slice's rows
//
// One invocation owns LANES neighbouring channels of one slice, and adds blocks of its
// rows in pairs.
// Reference: src/runtime/reference/batchNormalizationBackward.ts

#import grid
#import lanes
#import channels
#import pairs

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override HAS_DEVIATION: bool = false;
const ROWS_OF_BLOCK: u32 = 8;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  rows: u32,
  c: u32,
  rowsPerSlice: u32,
  // The number of the first slice, counted over all chunks.
  firstSlice: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;             // [rows, c]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;            // [rows, c]
@group(0) @binding(3) var<storage, read> mean: array<Lane>;          // [c]
@group(0) @binding(4) var<storage, read> spread: array<Lane>;        // [c]
@group(0) @binding(5) var<storage, read_write> sums: array<Lane>;    // [slice, 2, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let c = index % lanes;
  let slice = index / lanes;
  let first = slice * params.rowsPerSlice;
  let end = min(first + params.rowsPerSlice, params.rows);
  let own = statisticsOf(mean[c], spread[c], params.epsilon);
  var slopes: Pairs;
  var products: Pairs;
  for (var block = first; block < end; block += ROWS_OF_BLOCK) {
    let endOfBlock = min(block + ROWS_OF_BLOCK, end);
    var sum = Lane(0.0);
    var product = Lane(0.0);
    for (var row = block; row < endOfBlock; row++) {
      let slope = dy[row * lanes + c];
      sum += slope;
      product += slope * normalized(x[row * lanes + c], own);
    }
    addBlock(&slopes, sum);
    addBlock(&products, product);
  }
  let i = (params.firstSlice + slice) * 2u * lanes + c;
  sums[i] = sumOfPairs(&slopes);
  sums[i + lanes] = sumOfPairs(&products);
}
