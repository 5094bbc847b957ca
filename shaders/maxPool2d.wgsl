// Max pooling: the largest element of each window, or, for the gradient, which tap of the window that is.
//
// x, y nhwc; float32. With GIVE_TAPS, y holds u32.
//
//   y[n,p,q,c] = max_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c]   over the taps inside the input
//   with GIVE_TAPS: r · (width of the window) + s of the first such tap in row-major order
//
// One invocation computes one output pixel, LANES neighbouring channels of it.
// Edges: the maximum starts from a real element, so that padding never wins, not even over −∞. The first NaN wins over all.
// CPU twin: src/cpu/maxPool2d.ts

#import grid
#import nan
#import pixel
#import pool

const WORKGROUP_SIZE: u32 = 64;
// Neighbouring channels that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;
alias LaneBits = vec4<u32>;
alias LaneBool = vec4<bool>;
const GIVE_TAPS: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [n, h, w, c]
@group(0) @binding(2) var<storage, read_write> y: array<LaneBits>;    // [n, p, q, c], the bits of a float32 or a u32

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let at = pixelAt(index, params.p, params.q, lanes);
  let window = windowAt(at.row, at.column, params);

  var best = Lane(0.0);
  var bestTap = LaneBits(0u);
  var isFirst = true;
  for (var r = window.firstR; r < window.endR; r++) {
    let h = u32(window.top + i32(r * params.dilationHeight));
    for (var s = window.firstS; s < window.endS; s++) {
      let column = u32(window.left + i32(s * params.dilationWidth));
      let value = x[elementAt(at.n, h, column, at.c, params.h, params.w, lanes)];
      let better = LaneBool(isFirst) | (((value > best) | isNan(value)) & !isNan(best));
      best = select(best, value, better);
      bestTap = select(bestTap, LaneBits(r * params.s + s), better);
      isFirst = false;
    }
  }
  y[index] = select(bitcast<LaneBits>(best), bestTap, GIVE_TAPS);
}
