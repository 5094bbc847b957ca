// Kernels that find the largest or smallest elements of a tensor along one axis.
//
// x [outer, length, inner], y [outer, slices, inner]; float32. The other axes are joined to an outer and an inner one.
//
//   y[outer, slice, inner] = the extremum of x[outer, l, inner] over l = slice, slice + slices, …
//   with GIVES, gives holds the position of the first element that equals the extremum; with COUNTS, the number of such elements
//
// The slices of a long axis become an axis of y, which the next launch MERGES, with the values that they gave. Slices
// are interleaved, so neighbouring invocations load neighbours. One invocation owns one lane of y.
// Edges: NaN wins over all numbers. Of several NaN, or of equal numbers, the first position wins. All are counted.
//
// A shader that imports this declares `var<private> worst: u32`, the bits of the value that loses against all, and
// `fn wins(value: Lane, best: Lane) -> LaneBool`.

#import grid
#import lanes
#import nan

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override GIVES: bool = false;
override COUNTS: bool = false;
override MERGES: bool = false;
// Whether y holds the extrema of earlier chunks of the axis. This launch merges with them.
override ADD: bool = false;
// Whether the lanes of x are neighbours along the axis. Their positions then differ by one.
override ALONG: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  length: u32,
  slices: u32,
  // In lanes.
  inner: u32,
  // The position where this launch's part of y begins.
  firstOutput: u32,
  // The position where this launch's part of the axis begins.
  firstPosition: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;                    // [outer, length, inner]
@group(0) @binding(2) var<storage, read_write> y: array<LaneBits>;          // [outer, slices, inner], bits of float32
#if GIVES
@group(0) @binding(3) var<storage, read_write> gives: array<Lane>;          // [outer, slices, inner]
#if MERGES
@group(0) @binding(4) var<storage, read> given: array<Lane>;                // [outer, length, inner]
#endif
#endif

struct Found {
  best: Lane,
  isNaN: LaneBool,
  // The position of the best, or the count of those that equal it.
  gives: Lane,
}

fn meet(found: ptr<function, Found>, value: Lane, gives: Lane) {
  let best = (*found).best;
  let wasNaN = (*found).isNaN;
  let isNaN = isNan(value);
  let better = wins(value, best) & !isNaN;
  let equal = value == best;
#if COUNTS
  let ofNumber = select(select((*found).gives, (*found).gives + gives, equal & !wasNaN), gives, better & !wasNaN);
  let ofNaN = select(gives, (*found).gives + gives, wasNaN);
  (*found).gives = select(ofNumber, ofNaN, isNaN);
#else
  let earlier = gives < (*found).gives;
  let taken = select((better | (equal & earlier)) & !wasNaN, !wasNaN | earlier, isNaN);
  (*found).gives = select((*found).gives, gives, taken);
#endif
  (*found).best = select(best, value, better);
  (*found).isNaN = wasNaN | isNaN;
}

// The value of `gives` for the l-th element of this launch's part of the axis alone.
fn givenBy(l: u32, index: u32) -> Lane {
#if GIVES
#if MERGES
  return given[index];
#else
#if COUNTS
  return Lane(1.0);
#else
  return positionsAt(params.firstPosition + l);
#endif
#endif
#else
  return Lane(0.0);
#endif
}

fn positionsAt(position: u32) -> Lane {
#if ALONG
#if FOURS
  return f32(position * 4u) + vec4<f32>(0.0, 1.0, 2.0, 3.0);
#else
  return f32(position);
#endif
#else
  return Lane(f32(position));
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let outerAndSlice = index / params.inner;
  let inner = index - outerAndSlice * params.inner;
  let outer = outerAndSlice / params.slices;
  let slice = outerAndSlice - outer * params.slices;
  let input = outer * params.length * params.inner + inner;
#if COUNTS
  let nothing = Lane(0.0);
#else
  // A position past all others.
  let nothing = Lane(3.0e38);
#endif
  var found = Found(Lane(bitcast<f32>(worst)), LaneBool(false), nothing);
  for (var l = slice; l < params.length; l += params.slices) {
    let element = input + l * params.inner;
    meet(&found, x[element], givenBy(l, element));
  }
  let output = params.firstOutput + index;
  if (ADD) {
#if GIVES
    meet(&found, bitcast<Lane>(y[output]), gives[output]);
#else
    meet(&found, bitcast<Lane>(y[output]), Lane(0.0));
#endif
  }
  y[output] = select(bitcast<LaneBits>(found.best), LaneBits(0x7fc00000u), found.isNaN);
#if GIVES
  gives[output] = found.gives;
#endif
}
