// Average pooling: the mean of each window.
//
// x, y nhwc; float32.
//
//   y[n,p,q,c] = Σ_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c] / divisor   over the taps inside the input
//
// where the divisor counts the window's taps inside the input, or, with COUNT_INCLUDE_PAD, those in the input and its declared padding.
//
// One invocation computes TILE neighbouring output columns, LANES neighbouring channels of each.
// CPU twin: src/cpu/averagePool2d.ts

#import grid
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const TILE: u32 = 4;
// Neighbouring channels that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;
const COUNT_INCLUDE_PAD: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;          // [n, h, w, c]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;    // [n, p, q, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.p, ceilDivide(params.q, TILE), lanes);
  let q0 = strip.strip * TILE;
  let top = i32(strip.row * params.strideHeight) - i32(params.padTop);
  let left = i32(q0 * params.strideWidth) - i32(params.padLeft);

  var sums: array<Lane, TILE>;
  for (var r = 0u; r < params.r; r++) {
    let h = top + i32(r * params.dilationHeight);
    if (u32(h) >= params.h) {
      continue;
    }
    let row = (i32(strip.n * params.h) + h) * i32(params.w);
    for (var s = 0u; s < params.s; s++) {
      #unroll
      for (var i = 0u; i < TILE; i++) {
        let column = left + i32(i * params.strideWidth + s * params.dilationWidth);
        let value = x[u32(row + column) * lanes + strip.c];
        sums[i] += select(Lane(0.0), value, u32(column) < params.w);
      }
    }
  }

  let rows = tapsCounted(top, params.r, params.dilationHeight, params.h, params.padBottom, COUNT_INCLUDE_PAD);
  let output = ((strip.n * params.p + strip.row) * params.q + q0) * lanes + strip.c;
  #unroll
  for (var i = 0u; i < TILE; i++) {
    if (q0 + i < params.q) {
      let start = left + i32(i * params.strideWidth);
      let columns = tapsCounted(start, params.s, params.dilationWidth, params.w, params.padRight, COUNT_INCLUDE_PAD);
      y[output + i * lanes] = sums[i] / f32(rows * columns);
    }
  }
}
