// Kernels over operands that are stretched to the shape of the output, as numpy broadcasts them.
//
// The plan joins neighbouring axes if each operand has both of them or neither. The kernel treats the outermost axis
// and all inner axes separately; `inner` counts the lanes of the inner axes. One invocation walks a strip of the
// outermost axis at one lane of the inner axes. So the divisions that find its operands are needed only once for each
// strip. Along an axis that an operand lacks, its stride is 0. If the last tile overhangs the strip, it computes the
// last step again, because a branch would cost more.
//
// A shader that imports this declares the bindings after params, and `fn element(y: u32, a: u32, b: u32)`, which writes
// lane y of the output from a[a] and b[b]. An operand that lacks the innermost axis has one value for a lane of the
// output: A_STAYS, B_STAYS.

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override A_STAYS: bool = false;
override B_STAYS: bool = false;
override TILE_E: u32 = 4;
// Whether there are more than three inner axes.
override MANY_AXES: bool = false;

#if A_STAYS
alias LaneA = f32;
#else
alias LaneA = Lane;
#endif
#if B_STAYS
alias LaneB = f32;
#else
alias LaneB = Lane;
#endif

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The outermost axis.
  outer: u32,
  outerOfStrip: u32,
  aStep: u32,
  bStep: u32,
  // The positions where this launch's parts of a and b begin.
  aFirst: u32,
  bFirst: u32,
  // The inner axes: how many lanes they have, and their extents and strides, from the innermost on. The outermost of
  // them needs no extent.
  inner: u32,
  extent0: u32,
  extent1: u32,
  extent2: u32,
  extent3: u32,
  extent4: u32,
  extent5: u32,
  aStride0: u32,
  aStride1: u32,
  aStride2: u32,
  aStride3: u32,
  aStride4: u32,
  aStride5: u32,
  aStride6: u32,
  bStride0: u32,
  bStride1: u32,
  bStride2: u32,
  bStride3: u32,
  bStride4: u32,
  bStride5: u32,
  bStride6: u32,
  // The divisor of a mean, else 1.
  divisor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;

// Splits the index along the innermost axis off *rest.
fn indexAlong(extent: u32, rest: ptr<function, u32>) -> u32 {
  let outer = *rest / extent;
  let index = *rest - outer * extent;
  *rest = outer;
  return index;
}

// The indices in a and b for a lane of the inner axes.
fn operandsAt(inner: u32) -> vec2<u32> {
  var rest = inner;
  var place = indexAlong(params.extent0, &rest) * vec2<u32>(params.aStride0, params.bStride0);
  place += indexAlong(params.extent1, &rest) * vec2<u32>(params.aStride1, params.bStride1);
#if MANY_AXES
  place += indexAlong(params.extent2, &rest) * vec2<u32>(params.aStride2, params.bStride2);
  place += indexAlong(params.extent3, &rest) * vec2<u32>(params.aStride3, params.bStride3);
  place += indexAlong(params.extent4, &rest) * vec2<u32>(params.aStride4, params.bStride4);
  place += indexAlong(params.extent5, &rest) * vec2<u32>(params.aStride5, params.bStride5);
  return place + rest * vec2<u32>(params.aStride6, params.bStride6);
#else
  return place + rest * vec2<u32>(params.aStride2, params.bStride2);
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let strip = index / params.inner;
  let inner = index - strip * params.inner;
  let operands = operandsAt(inner) + vec2<u32>(params.aFirst, params.bFirst);
  let first = strip * params.outerOfStrip;
  let end = min(first + params.outerOfStrip, params.outer);
  for (var i = first; i < end; i += TILE_E) {
    #unroll
    for (var e = 0u; e < TILE_E; e++) {
      let o = min(i + e, end - 1u);
      element(o * params.inner + inner, o * params.aStep + operands.x, o * params.bStep + operands.y);
    }
  }
}
