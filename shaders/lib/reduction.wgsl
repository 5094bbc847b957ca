// Kernels that sum terms along one axis of a tensor. The other axes are joined to an outer and an inner one.
//
//   y[outer, slice, inner] = total(Σ_l term(outer, l, inner))   over l = slice, slice + slices, …
//
// The slices of a long sum become an axis of y, which the next launch sums. Slices are interleaved, so neighbouring
// invocations load neighbours. One invocation owns one lane of y. It adds four terms as a tree, four such tiles to a
// block, and the blocks in pairs. If there is no inner axis, lanes may lie ALONG the summed axis. Then y holds single
// values, and length counts lanes.
//
// A shader that imports this declares ALONG, its inputs and y, and two functions:
//
//   fn term(i: u32) -> Lane                      the i-th term of the tensor, in lanes
//   fn total(sum: Total, output: u32) -> Total   the element of y that a sum gives

#import grid
#import lanes
#import pairs

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
// Whether a slice may be more than one block.
override LONG: bool = true;
// Whether y holds the sums of another chunk of the axis. This launch adds to them.
override ADD: bool = false;
const TILE_L: u32 = 4;
const TILES_OF_BLOCK: u32 = 4;

#if ALONG
alias Total = f32;
#else
alias Total = Lane;
#endif

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
  // The divisor of a mean, else 1.
  divisor: f32,
  // The innermost extent of y, in kernels that add a bias.
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

fn sumOfLanes(sum: Lane) -> Total {
#if ALONG
#if FOURS
  return (sum.x + sum.y) + (sum.z + sum.w);
#else
  return sum;
#endif
#else
  return sum;
#endif
}

// The sum of TILE_L terms, those that exist.
fn sumOfTile(input: u32, first: u32) -> Lane {
  var terms: array<Lane, TILE_L>;
  #unroll
  for (var i = 0u; i < TILE_L; i++) {
    let l = first + i * params.slices;
    terms[i] = select(Lane(0.0), term(input + l * params.inner), l < params.length);
  }
  return (terms[0] + terms[1]) + (terms[2] + terms[3]);
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
  let tile = TILE_L * params.slices;
  var sum = Lane(0.0);
#if LONG
  var pairs: Pairs;
  for (var first = slice; first < params.length; first += TILES_OF_BLOCK * tile) {
    let end = min(first + TILES_OF_BLOCK * tile, params.length);
    var block = Lane(0.0);
    for (var l = first; l < end; l += tile) {
      block += sumOfTile(input, l);
    }
    addBlock(&pairs, block);
  }
  sum = sumOfPairs(&pairs);
#else
  for (var l = slice; l < params.length; l += tile) {
    sum += sumOfTile(input, l);
  }
#endif
  let output = params.firstOutput + index;
  var result = total(sumOfLanes(sum), output);
#if ADD
  result += y[output];
#endif
  y[output] = result;
}
