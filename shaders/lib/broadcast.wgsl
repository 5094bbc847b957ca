// Kernels over operands that are stretched to the shape of the output, as numpy broadcasts them.
//
// The plan joins neighbouring axes that no operand tells apart. What is left is cut in two: the outermost axis, and all others, whose lanes are
// counted as `inner`. One invocation walks a strip of the outermost axis at one lane of the others, so that finding out where its operands
// lie costs its divisions once a strip. Along an axis that an operand does not have, its stride is 0. Where the last tile overhangs the strip it
// computes the last step again: a branch would cost more.
//
// Whoever imports this declares the bindings after params, and `fn element(y: u32, a: u32, b: u32)`, which writes lane y of the output from
// what lies at a and b. An operand without the innermost axis has one value where the output has a lane: A_STAYS, B_STAYS.

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
  // Where this run's parts of a and b begin.
  aFirst: u32,
  bFirst: u32,
  // All others: how many lanes, and, from the innermost on, extents and strides. The outermost of them needs no extent.
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
  // Of a mean; else 1.
  divisor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;

// Takes the index along the innermost axis off the places that are left.
fn indexAlong(extent: u32, rest: ptr<function, u32>) -> u32 {
  let outer = *rest / extent;
  let index = *rest - outer * extent;
  *rest = outer;
  return index;
}

// Where a and b lie at a lane of the inner axes.
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
