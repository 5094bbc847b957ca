// The gradient of resampling: every input pixel adds up the outputs that show it, by its weight in each.
//
// dy [n, p, q, c], dx [n, h, w, c] (nhwc); float32.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] over the p with source(p) = h and the q with source(q) = w
//   with LINEAR: Σ weight(p) · weight(q) · dy[n,p,q,c] over the outputs that have (h, w) among their four pixels
//
// where resample2d.wgsl has the sources and weights. They grow with p, so these outputs lie side by side.
//
// One invocation owns a strip of input columns, LANES neighbouring channels of each. It adds row by row, and a long row
// in blocks: rounding errors grow with the length of a block, not of the row.
// Edges: an output in which the pixel has the weight 0 adds nothing, whatever its dy.
// Reference: src/runtime/reference/resample2dBackward.ts

#import grid
#import lanes
#import nearest
#import resample
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
// Whether more than BLOCK outputs of a row may show a pixel.
override LONG_ROWS: bool = false;
override BLOCK: u32 = 8;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [n, p, q, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [n, h, w, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.h, params.tilesOfRow, params.tilesOfStrip, lanes);
  let firstRow = firstOutput(strip.row, params.stepHeight, params.firstHeight, params.wholeHeight, params.p);
  let endRow = firstOutput(strip.row + REACH, params.stepHeight, params.firstHeight, params.wholeHeight, params.p);
  let rows = walkFrom(firstRow * params.stepHeight + params.firstHeight, params.stepHeight, params.wholeHeight);
  let input = (strip.n * params.h + strip.row) * params.w;
  for (var column = strip.first; column < strip.end; column++) {
    let first = firstOutput(column, params.stepWidth, params.firstWidth, params.wholeWidth, params.q);
    let end = firstOutput(column + REACH, params.stepWidth, params.firstWidth, params.wholeWidth, params.q);
    let columns = walkFrom(first * params.stepWidth + params.firstWidth, params.stepWidth, params.wholeWidth);
    var sum = Lane(0.0);
    var walk = rows;
    for (var row = firstRow; row < endRow; row++) {
      let weight = weightOf(walk, strip.row, params.h);
      let ofRow = sumOfRow((strip.n * params.p + row) * params.q, first, end, columns, column, strip.c);
      sum = select(sum, sum + weight * ofRow, weight > 0.0);
      walk = nextOf(walk);
    }
    dx[(input + column) * lanes + strip.c] = sum;
  }
}

// Σ weight(q) · dy over first ≤ q < end.
fn sumOfRow(row: u32, first: u32, end: u32, columns: Walk, column: u32, c: u32) -> Lane {
  var walk = columns;
#if LONG_ROWS
  var sum = Lane(0.0);
  for (var blocks = first; blocks < end; blocks += BLOCK * BLOCK) {
    var ofBlocks = Lane(0.0);
    for (var block = blocks; block < min(blocks + BLOCK * BLOCK, end); block += BLOCK) {
      ofBlocks += sumOfBlock(row, block, min(block + BLOCK, end), &walk, column, c);
    }
    sum += ofBlocks;
  }
  return sum;
#else
  return sumOfBlock(row, first, end, &walk, column, c);
#endif
}

fn sumOfBlock(row: u32, first: u32, end: u32, walk: ptr<function, Walk>, column: u32, c: u32) -> Lane {
  var sum = Lane(0.0);
  for (var q = first; q < end; q++) {
    let value = dy[(row + q) * (params.c / LANES) + c];
#if LINEAR
    let weight = weightOf(*walk, column, params.w);
    sum = select(sum, sum + weight * value, weight > 0.0);
    *walk = nextOf(*walk);
#else
    sum += value;
#endif
  }
  return sum;
}

// Pixel i is shown by the outputs from its own first output to the one before the first output of pixel i + REACH.
#if LINEAR
const REACH: u32 = 2;
#else
const REACH: u32 = 1;
#endif

// The first output with ⌊(i · step + first) / whole⌋ ≥ position, or the number of outputs if there is none.
fn firstOutput(position: u32, step: u32, first: u32, whole: u32, outputs: u32) -> u32 {
  return min((max(position * whole + step - 1u, first) - first) / step, outputs);
}

// The weight of a pixel of the input in an output.
fn weightOf(walk: Walk, pixel: u32, extent: u32) -> f32 {
#if LINEAR
  let taps = tapsOf(walk, extent);
  return select(taps.farWeight, taps.nearWeight, taps.near == pixel);
#else
  return 1.0;
#endif
}
