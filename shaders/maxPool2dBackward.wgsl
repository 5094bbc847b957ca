// The gradient of max pooling: each input element gathers from the windows that it won.
//
// x, dy, dx nhwc; float32. choice [n, p, q, c], from maxPool2d.wgsl on the same input: the maximum of each window where TIES_ALL,
// else the tap that took it.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows (p, q) that cover (h, w) and
//     ties "first": whose choice is the tap at (h, w)
//     ties "all":   whose choice equals x[n,h,w,c]
//
// One invocation owns TILE input columns, `strideWidth` apart, LANES neighbouring channels of each, and adds in the order of the taps.
// Columns that far apart are touched by the same taps, through neighbouring outputs: it divides once a tap.
// Edges: NaN equals nothing, so with ties "all" a window whose maximum is NaN hands out nothing; told by its bits.
// CPU twin: src/cpu/maxPool2dBackward.ts

#import grid
#import nan
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const TILE: u32 = 4;
// Neighbouring channels that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;
alias LaneBits = vec4<u32>;
alias LaneBool = vec4<bool>;
const TIES_ALL: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [n, h, w, c]
@group(0) @binding(2) var<storage, read> choice: array<LaneBits>;     // [n, p, q, c]
@group(0) @binding(3) var<storage, read> dy: array<Lane>;             // [n, p, q, c]
@group(0) @binding(4) var<storage, read_write> dx: array<Lane>;       // [n, h, w, c]

fn won(choice: LaneBits, tap: u32, value: Lane) -> LaneBool {
  if (TIES_ALL) {
    return (bitcast<Lane>(choice) == value) & !isNan(value);
  }
  return choice == LaneBits(tap);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  // Phases that have a column (a phase is the columns that are the same modulo the stride), and the columns of one phase in strips.
  let phases = min(params.strideWidth, params.w);
  let strip = stripAt(index, params.h, phases * ceilDivide(ceilDivide(params.w, params.strideWidth), TILE), lanes);
  let stripOfPhase = strip.strip / phases;
  let w0 = stripOfPhase * TILE * params.strideWidth + strip.strip - stripOfPhase * phases;
  let input = (strip.n * params.h + strip.row) * params.w + w0;
  var values: array<Lane, TILE>;
  #unroll
  for (var i = 0u; i < TILE; i++) {
    values[i] = x[(input + i * params.strideWidth) * lanes + strip.c];
  }

  let paddedH = strip.row + params.padTop;
  let paddedW = w0 + params.padLeft;
  let firstR = firstTap(paddedH, params.strideHeight, params.dilationHeight, params.r);
  let firstS = firstTap(paddedW, params.strideWidth, params.dilationWidth, params.s);
  var sums: array<Lane, TILE>;
  for (var r = firstR; r < params.r && r * params.dilationHeight <= paddedH; r += params.tapStepHeight) {
    let p = (paddedH - r * params.dilationHeight) / params.strideHeight;
    if (p >= params.p) {
      continue;
    }
    let row = i32((strip.n * params.p + p) * params.q);
    for (var s = firstS; s < params.s; s += params.tapStepWidth) {
      // Exact, so that rounding towards zero does not matter for negative numbers.
      let q0 = (i32(paddedW) - i32(s * params.dilationWidth)) / i32(params.strideWidth);
      #unroll
      for (var i = 0u; i < TILE; i++) {
        let q = q0 + i32(i);
        let output = u32(row + q) * lanes + strip.c;
        let wins = LaneBool(u32(q) < params.q) & won(choice[output], r * params.s + s, values[i]);
        sums[i] = select(sums[i], sums[i] + dy[output], wins);
      }
    }
  }

  #unroll
  for (var i = 0u; i < TILE; i++) {
    if (w0 + i * params.strideWidth < params.w) {
      dx[(input + i * params.strideWidth) * lanes + strip.c] = sums[i];
    }
  }
}
