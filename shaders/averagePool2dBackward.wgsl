// The gradient of average pooling: each input element gathers its share from every window that covers it.
//
// dy, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] / divisor[p,q] over the windows (p, q) that cover (h, w)
//
// with the forward's divisor.
//
// One invocation owns a strip of input columns, LANES neighbouring channels of each, and adds in the order of the taps.
// CPU twin: src/cpu/averagePool2dBackward.ts

#import grid
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
const COUNT_INCLUDE_PAD: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [n, p, q, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [n, h, w, c]

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
    var sum = Lane(0.0);
    var p = firstRow.output;
    for (var r = firstRow.tap; r < params.r && p >= 0; r += params.tapStepHeight) {
      let row = (i32(strip.n * params.p) + p) * i32(params.q);
      let top = p * i32(params.strideHeight) - i32(params.padTop);
      let rows = tapsCounted(top, params.r, params.dilationHeight, params.h, params.padBottom, COUNT_INCLUDE_PAD);
      var q = reach.output;
      for (var s = reach.tap; s < params.s && q >= 0 && u32(p) < params.p; s += params.tapStepWidth) {
        if (u32(q) < params.q) {
          let left = q * i32(params.strideWidth) - i32(params.padLeft);
          let columns = tapsCounted(left, params.s, params.dilationWidth, params.w, params.padRight, COUNT_INCLUDE_PAD);
          sum += dy[u32(row + q) * lanes + strip.c] / f32(rows * columns);
        }
        q -= i32(params.outputStepWidth);
      }
      p -= i32(params.outputStepHeight);
    }
    dx[(firstInput + column) * lanes + strip.c] = sum;
    reach = nextReach(reach, column + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
  }
}
