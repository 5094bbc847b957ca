// Max pooling: the largest element of each window, or, for the gradient, which tap of the window that is.
//
// x, y nhwc; float32. With GIVE_TAPS, y holds u32.
//
//   y[n,p,q,c] = max_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c]   over the taps inside the input
//   with GIVE_TAPS: r · (width of the window) + s of the first such tap in row-major order
//
// One invocation computes TILE neighbouring output columns, LANES neighbouring channels of each.
// Edges: the maximum starts from a real element, so that padding never wins, not even over −∞. The first NaN wins over all.
// CPU twin: src/cpu/maxPool2d.ts

#import grid
#import nan
#import pool

const WORKGROUP_SIZE: u32 = 64;
const TILE: u32 = 4;
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
  let strip = stripAt(index, params.p, ceilDivide(params.q, TILE), lanes);
  let q0 = strip.strip * TILE;
  let top = i32(strip.row * params.strideHeight) - i32(params.padTop);
  let left = i32(q0 * params.strideWidth) - i32(params.padLeft);

  var best: array<Lane, TILE>;
  var bestTap: array<LaneBits, TILE>;
  // Whether the window has shown an element yet.
  var begun: array<bool, TILE>;
  for (var r = 0u; r < params.r; r++) {
    let h = top + i32(r * params.dilationHeight);
    if (u32(h) >= params.h) {
      continue;
    }
    let row = (i32(strip.n * params.h) + h) * i32(params.w);
    for (var s = 0u; s < params.s; s++) {
      let tap = LaneBits(r * params.s + s);
      #unroll
      for (var i = 0u; i < TILE; i++) {
        let column = left + i32(i * params.strideWidth + s * params.dilationWidth);
        let inside = u32(column) < params.w;
        let value = x[u32(row + column) * lanes + strip.c];
        let better = LaneBool(inside) & (LaneBool(!begun[i]) | (((value > best[i]) | isNan(value)) & !isNan(best[i])));
        best[i] = select(best[i], value, better);
        bestTap[i] = select(bestTap[i], tap, better);
        begun[i] |= inside;
      }
    }
  }

  let output = ((strip.n * params.p + strip.row) * params.q + q0) * lanes + strip.c;
  #unroll
  for (var i = 0u; i < TILE; i++) {
    if (q0 + i < params.q) {
      y[output + i * lanes] = select(bitcast<LaneBits>(best[i]), bestTap[i], GIVE_TAPS);
    }
  }
}
