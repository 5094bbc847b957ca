// The gradient of padding: each input element sums dy over all padded positions that show it.
//
// dy, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ over the (p, q) whose source (pad2d.wgsl) is (h, w) of dy[n,p,q,c]
//
// Along one axis these are few. Constant: the element itself. Mirrored: also its mirror images across either edge, as
// far as the padding reaches. The edge itself has an image if the reflection is symmetric.
// Edge: for the first and the last element, also the padding beyond.
// One invocation owns a strip of input columns, LANES neighbouring channels of each, and adds in a fixed order. It adds
// many rows or columns in blocks, because rounding errors then grow with the length of a block, not of the sum.
// Reference: src/runtime/reference/pad2dBackward.ts

#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
// Whether the mode is "constant". Then each element is shown once.
override SHOWN_ONCE: bool = true;
// Otherwise: whether the border is mirrored. If not, it repeats the edge.
override MIRRORED: bool = false;
// 1 if the edge itself is mirrored too, else 0.
override MIRRORED_EDGE: u32 = 0;
// Rows and columns that are added one after the other. One block holds them all unless sums are LONG.
override BLOCK: u32 = 8;
override LONG: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  h: u32,
  w: u32,
  c: u32,
  p: u32,
  q: u32,
  padTop: u32,
  padLeft: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [n, p, q, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [n, h, w, c]

// The number of positions beyond an edge that show an element at this distance from it.
fn beyond(distance: u32, padding: u32) -> i32 {
#if MIRRORED
  // The edge itself is at the distance 0.
  return select(0, 1, distance - (1u - MIRRORED_EDGE) < padding);
#else
  return select(0, i32(padding), distance == 0u);
#endif
}

// The j-th position that shows element `own`. Negative j are positions before it, 0 is its own position, positive j are
// positions after it.
fn shown(j: i32, own: u32, last: u32) -> i32 {
#if MIRRORED
  let edge = i32(MIRRORED_EDGE);
  return select(select(i32(own), -i32(own) - edge, j < 0), 2 * i32(last) - i32(own) + edge, j > 0);
#else
  return i32(own) + j;
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.h, params.tilesOfRow, params.tilesOfStrip, lanes);
  let input = (strip.n * params.h + strip.row) * params.w;
  for (var column = strip.first; column < strip.end; column++) {
#if SHOWN_ONCE
    let output = (strip.n * params.p + strip.row + params.padTop) * params.q + column + params.padLeft;
    dx[(input + column) * lanes + strip.c] = dy[output * lanes + strip.c];
#else
    dx[(input + column) * lanes + strip.c] = gather(strip.n, strip.row, column, strip.c);
#endif
  }
}

fn gather(n: u32, row: u32, column: u32, c: u32) -> Lane {
  let lastRow = params.h - 1u;
  let lastColumn = params.w - 1u;
  let endRow = beyond(lastRow - row, params.p - params.h - params.padTop);
  let endColumn = beyond(lastColumn - column, params.q - params.w - params.padLeft);
  let firstColumn = -beyond(column, params.padLeft);
  var sum = Lane(0.0);
#if LONG
  for (var block = -beyond(row, params.padTop); block <= endRow; block += i32(BLOCK)) {
    var ofBlock = Lane(0.0);
    for (var i = block; i < min(block + i32(BLOCK), endRow + 1); i++) {
      let output = (n * params.p + params.padTop + u32(shown(i, row, lastRow))) * params.q + params.padLeft;
      var ofRow = Lane(0.0);
      for (var columns = firstColumn; columns <= endColumn; columns += i32(BLOCK)) {
        var ofColumns = Lane(0.0);
        for (var j = columns; j < min(columns + i32(BLOCK), endColumn + 1); j++) {
          ofColumns += dy[(output + u32(shown(j, column, lastColumn))) * (params.c / LANES) + c];
        }
        ofRow += ofColumns;
      }
      ofBlock += ofRow;
    }
    sum += ofBlock;
  }
#else
  for (var i = -beyond(row, params.padTop); i <= endRow; i++) {
    let output = (n * params.p + params.padTop + u32(shown(i, row, lastRow))) * params.q + params.padLeft;
    for (var j = firstColumn; j <= endColumn; j++) {
      sum += dy[(output + u32(shown(j, column, lastColumn))) * (params.c / LANES) + c];
    }
  }
#endif
  return sum;
}
