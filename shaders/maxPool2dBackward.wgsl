// The gradient of max pooling: each input element gathers from the windows that it won.
//
// x, dy, dx nhwc; float32. choice [n, p, q, c], from maxPool2d.wgsl on the same input: the maximum of each window where TIES_ALL,
// else the tap that took it.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows (p, q) that cover (h, w) and
//     ties "first": whose choice is the tap at (h, w)
//     ties "all":   whose choice equals x[n,h,w,c]
//
// One invocation owns one input pixel, LANES neighbouring channels of it, and adds in the order of the taps.
// Edges: NaN equals nothing, so with ties "all" a window whose maximum is NaN hands out nothing; told by its bits.
// CPU twin: src/cpu/maxPool2dBackward.ts

#import grid
#import nan
#import pixel
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
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
  let at = pixelAt(index, params.h, params.w, lanes);
  let value = x[index];

  let paddedH = at.row + params.padTop;
  let paddedW = at.column + params.padLeft;
  let firstR = firstTap(paddedH, params.strideHeight, params.dilationHeight, params.r);
  let firstS = firstTap(paddedW, params.strideWidth, params.dilationWidth, params.s);
  var sum = Lane(0.0);
  for (var r = firstR; r < params.r && r * params.dilationHeight <= paddedH; r += params.tapStepHeight) {
    let p = (paddedH - r * params.dilationHeight) / params.strideHeight;
    for (var s = firstS; s < params.s && s * params.dilationWidth <= paddedW; s += params.tapStepWidth) {
      let q = (paddedW - s * params.dilationWidth) / params.strideWidth;
      if (p >= params.p || q >= params.q) {
        continue;
      }
      let output = elementAt(at.n, p, q, at.c, params.p, params.q, lanes);
      sum = select(sum, sum + dy[output], won(choice[output], r * params.s + s, value));
    }
  }
  dx[index] = sum;
}
