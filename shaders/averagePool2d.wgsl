// Average pooling: the mean of each window.
//
// x, y nhwc; float32.
//
//   y[n,p,q,c] = Σ_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c] / divisor   over the taps inside the input
//
// with the divisor of lib/pool.wgsl. One invocation computes one output pixel, LANES neighbouring channels of it.
// CPU twin: src/cpu/averagePool2d.ts

#import grid
#import pixel
#import pool

const WORKGROUP_SIZE: u32 = 64;
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
  let at = pixelAt(index, params.p, params.q, lanes);
  let window = windowAt(at.row, at.column, params);

  var sum = Lane(0.0);
  for (var r = window.firstR; r < window.endR; r++) {
    let h = u32(window.top + i32(r * params.dilationHeight));
    for (var s = window.firstS; s < window.endS; s++) {
      let column = u32(window.left + i32(s * params.dilationWidth));
      sum += x[elementAt(at.n, h, column, at.c, params.h, params.w, lanes)];
    }
  }
  y[index] = sum / divisorOf(window, params, COUNT_INCLUDE_PAD);
}
