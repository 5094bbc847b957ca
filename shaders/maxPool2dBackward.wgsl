// The gradient of max pooling: each input element gathers from the windows that it won.
//
// x, dy, dx nhwc; float32. What maxPool2d.wgsl gave for the same input: with ties "first" the taps that took each window, else the maxima.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows (p, q) that cover (h, w) and
//     ties "first": whose tap is the one at (h, w)
//     ties "all":   whose maximum equals x[n,h,w,c]
//
// One invocation owns a strip of input columns, LANES neighbouring channels of each, and adds in the order of the taps.
// Edges: NaN equals nothing, so with ties "all" a window whose maximum is NaN hands out nothing; told by its bits.
// CPU twin: src/cpu/maxPool2dBackward.ts

#import grid
#import nan
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
const TIES_ALL: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;             // [n, p, q, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;       // [n, h, w, c]
#if TIES_ALL
@group(0) @binding(3) var<storage, read> maxima: array<Lane>;         // [n, p, q, c]
@group(0) @binding(4) var<storage, read> x: array<Lane>;              // [n, h, w, c]
#else
@group(0) @binding(3) var<storage, read> taps: array<u32>;            // [n, p, q, c / LANES], a byte for each of four channels
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.h, params.w, params.stripColumns, lanes);
  let firstInput = (strip.n * params.h + strip.row) * params.w;
  let firstRow = firstReach(strip.row + params.padTop, params.strideHeight, params.dilationHeight, params.r);
  var reach = firstReach(strip.first + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
  for (var column = strip.first; column < strip.end; column++) {
    let input = (firstInput + column) * lanes + strip.c;
#if TIES_ALL
    let value = x[input];
#endif
    var sum = Lane(0.0);
    var p = firstRow.output;
    for (var r = firstRow.tap; r < params.r && p >= 0; r += params.tapStepHeight) {
      let row = (i32(strip.n * params.p) + p) * i32(params.q);
      var q = reach.output;
      for (var s = reach.tap; s < params.s && q >= 0 && u32(p) < params.p; s += params.tapStepWidth) {
        if (u32(q) < params.q) {
          let output = u32(row + q) * lanes + strip.c;
#if TIES_ALL
          let wins = (maxima[output] == value) & !isNan(value);
#else
          let wins = unpackTaps(taps[output]) == LaneBits(r * params.s + s);
#endif
          sum = select(sum, sum + dy[output], wins);
        }
        q -= i32(params.outputStepWidth);
      }
      p -= i32(params.outputStepHeight);
    }
    dx[input] = sum;
    reach = nextReach(reach, column + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
  }
}

fn unpackTaps(taps: u32) -> LaneBits {
#if FOURS
  return (vec4<u32>(taps) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u);
#else
  return taps;
#endif
}
