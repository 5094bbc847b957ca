// The gradient of padding, its true adjoint: each input element adds up dy from every padded position that shows it.
//
// dy, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ over the (p, q) whose source (pad2d.wgsl) is (h, w) of dy[n,p,q,c]
//
// Along one axis the positions that show a given element are few. Constant: one. Reflection: itself and its mirror images across either
// edge. Edge: a run, for the first and the last element. The latter two are walked as candidates, each checked against the forward's rule.
// One invocation owns a strip of input columns, LANES neighbouring channels of each, and adds in a fixed order.
// CPU twin: src/cpu/pad2dBackward.ts

#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
// Whether each element is shown once, where it lies: with a constant around it.
const SHOWN_ONCE: bool = true;
// Else: reflected, or the edge repeated.
const REFLECTION: bool = false;

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

// The padded positions that may show input position `i`, from the first on; see `candidate`.
fn candidates(i: u32, extent: u32, padBegin: u32, padded: u32) -> u32 {
  if (REFLECTION) {
    return 3u;
  }
  let before = select(0u, padBegin, i == 0u);
  let after = select(0u, padded - padBegin - extent, i == extent - 1u);
  return before + 1u + after;
}

// The j-th of them, as a position relative to the input's first element.
fn candidate(j: u32, i: u32, extent: u32, padBegin: u32) -> i32 {
  let own = i32(i);
  if (REFLECTION) {
    // Across the beginning, itself, across the end: in the order of the padded axis.
    let last = i32(extent) - 1;
    return select(select(2 * last - own, own, j == 1u), -own, j == 0u);
  }
  return own + i32(j) - select(0, i32(padBegin), i == 0u);
}

// Whether a candidate exists and is not the element itself met a second time, as a mirror image of an edge is.
fn shows(position: i32, j: u32, i: u32, padBegin: u32, padded: u32) -> bool {
  let mirrorOfEdge = REFLECTION && j != 1u && position == i32(i);
  let exists = position >= -i32(padBegin) && position < i32(padded) - i32(padBegin);
  return exists && !mirrorOfEdge;
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
  let rows = candidates(row, params.h, params.padTop, params.p);
  let columns = candidates(column, params.w, params.padLeft, params.q);
  var sum = Lane(0.0);
  for (var i = 0u; i < rows; i++) {
    let p = candidate(i, row, params.h, params.padTop);
    if (!shows(p, i, row, params.padTop, params.p)) {
      continue;
    }
    let output = (n * params.p + u32(p + i32(params.padTop))) * params.q;
    for (var j = 0u; j < columns; j++) {
      let q = candidate(j, column, params.w, params.padLeft);
      if (shows(q, j, column, params.padLeft, params.q)) {
        sum += dy[(output + u32(q + i32(params.padLeft))) * (params.c / LANES) + c];
      }
    }
  }
  return sum;
}
