// The gradient of resampling by the nearest neighbour: every input pixel adds up the outputs that show it.
//
// dy [n, p, q, c], dx [n, h, w, c] (nhwc); float32.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] over first(h) ≤ p < first(h + 1) and first(w) ≤ q < first(w + 1)   with first(h) = ⌊h · p' / h' + ½⌋
//
// for p' outputs of h' inputs, the first output whose source is h or comes after it.
//
// One invocation owns a strip of input columns, LANES neighbouring channels of each; it adds row by row.
// Reference: src/runtime/reference/resample2dBackward.ts

#import grid
#import lanes
#import nearest
#import resample
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

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
  let rows = walkFrom(2u * params.wholeHeight * strip.row + params.stepHeight, 2u * params.wholeHeight, 2u * params.stepHeight);
  let firstRow = strip.n * params.p + rows.position;
  let endRow = strip.n * params.p + nextOf(rows).position;
  let output = (strip.n * params.h + strip.row) * params.w;
  var first = walkFrom(2u * params.wholeWidth * strip.first + params.stepWidth, 2u * params.wholeWidth, 2u * params.stepWidth);
  for (var column = strip.first; column < strip.end; column++) {
    let next = nextOf(first);
    var sum = Lane(0.0);
    for (var row = firstRow; row < endRow; row++) {
      for (var q = first.position; q < next.position; q++) {
        sum += dy[(row * params.q + q) * lanes + strip.c];
      }
    }
    dx[(output + column) * lanes + strip.c] = sum;
    first = next;
  }
}
