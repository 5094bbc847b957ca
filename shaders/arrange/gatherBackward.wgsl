// The gradient of gather: each row gets the sum of the gradients of its copies.
//
// indices [count], dy [outer, count, inner], dx [outer, rows, inner]; float32.
//
//   dx[o,row,i] = Σ_j dy[o,j,i]   over all j whose index names the row
//
// One invocation owns one lane of dx, and looks at all indices in their order. It adds in pairs: level l of `partials`
// is the sum of 2^l terms, and a new term is carried through the full levels, as in the addition of 1 to a binary
// number. So the error grows with the logarithm of the number of terms.
// Edges: indices that name no row add nothing.
// Reference: src/runtime/reference/gatherBackward.ts

#import grid
#import indices
#import lanes

const WORKGROUP_SIZE: u32 = 64;
const LEVELS: u32 = 31;
override FOURS: bool = true;
// Whether dx holds the sums of earlier chunks of the indices. This launch adds to them.
override ADD: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // All rows of dx, and the rows of this launch.
  rows: u32,
  firstRow: u32,
  rowsHere: u32,
  count: u32,
  // In lanes.
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> indices: array<f32>;         // [count]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;             // [outer, count, inner]
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;       // [outer, rowsHere, inner]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  var rest = index;
  let i = takeDigit(&rest, params.inner);
  let row = takeDigit(&rest, params.rowsHere) + params.firstRow;
  let input = rest * params.count * params.inner + i;
  var terms = 0u;
  var partials: array<Lane, LEVELS>;
  for (var j = 0u; j < params.count; j++) {
    if (rowOf(indices[j], params.rows) == row) {
      var sum = dy[input + j * params.inner];
      var level = 0u;
      for (var full = terms; (full & 1u) == 1u; full >>= 1u) {
        sum += partials[level];
        level++;
      }
      partials[level] = sum;
      terms++;
    }
  }
  var total = Lane(0.0);
  var level = 0u;
  for (var full = terms; full > 0u; full >>= 1u) {
    if ((full & 1u) == 1u) {
      total += partials[level];
    }
    level++;
  }
  if (ADD) {
    total += dx[index];
  }
  dx[index] = total;
}
