// Average pooling: the mean of each window.
//
// x, y nhwc; float32.
//
//   y[n,p,q,c] = Σ_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c] / divisor   over the taps inside the input
//
// where the divisor counts the window's taps inside the input, or, with COUNT_INCLUDE_PAD, those in the input and its declared padding.
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each.
// CPU twin: src/cpu/averagePool2d.ts

#import grid
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
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
  let strip = stripAt(index, params.p, params.q, params.stripColumns, lanes);
  let top = i32(strip.row * params.strideHeight) - i32(params.padTop);
  let firstR = tapsBefore(top, 0, params.dilationHeight, params.r);
  let endR = tapsBefore(top, i32(params.h), params.dilationHeight, params.r);
  let rows = tapsCounted(top, params.r, params.dilationHeight, params.h, params.padBottom, COUNT_INCLUDE_PAD);
  for (var q = strip.first; q < strip.end; q++) {
    let left = i32(q * params.strideWidth) - i32(params.padLeft);
    let firstS = tapsBefore(left, 0, params.dilationWidth, params.s);
    let endS = tapsBefore(left, i32(params.w), params.dilationWidth, params.s);
    var sum = Lane(0.0);
    for (var r = firstR; r < endR; r++) {
      let h = top + i32(r * params.dilationHeight);
      let row = (i32(strip.n * params.h) + h) * i32(params.w) + left;
      for (var s = firstS; s < endS; s++) {
        sum += x[u32(row + i32(s * params.dilationWidth)) * lanes + strip.c];
      }
    }
    let columns = tapsCounted(left, params.s, params.dilationWidth, params.w, params.padRight, COUNT_INCLUDE_PAD);
    y[((strip.n * params.p + strip.row) * params.q + q) * lanes + strip.c] = sum / f32(rows * columns);
  }
}
