// Mean and squared deviations of each channel over a slice of the rows. mergeMoments.wgsl merges the slices.
//
// x [rows, c]; float32.
//
//   reference = Σ x / count,   rest = Σ (x − reference),   squares = Σ (x − reference)²   over the slice's rows
//
// The kernel reads the rows twice, because Σ x² − (Σ x)² / count loses all digits if the mean is large. The reference
// is rounded, so the rest is not 0. The reference's last bit is cleared: otherwise a compiler could join the division
// and the subtraction, and compute the rest from another reference than the stored one. One invocation owns LANES
// neighbouring channels of one slice, and adds its rows in order.
// Reference: src/runtime/reference/batchNormalizationTraining.ts

#import grid
#import lanes

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  rows: u32,
  c: u32,
  rowsPerSlice: u32,
  // The number of the first slice, counted over all chunks.
  firstSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;               // [rows, c]
@group(0) @binding(2) var<storage, read_write> moments: array<Lane>;   // [slice, 4, c]: reference, rest, squares, count

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let c = index % lanes;
  let slice = index / lanes;
  let first = slice * params.rowsPerSlice;
  let end = min(first + params.rowsPerSlice, params.rows);
  let count = Lane(f32(end - first));
  var sum = Lane(0.0);
  for (var row = first; row < end; row++) {
    sum += x[row * lanes + c];
  }
  let reference = bitcast<Lane>(bitcast<LaneBits>(sum / count) & LaneBits(0xfffffffeu));
  var rest = Lane(0.0);
  var squares = Lane(0.0);
  for (var row = first; row < end; row++) {
    let difference = x[row * lanes + c] - reference;
    rest += difference;
    squares += difference * difference;
  }
  let i = (params.firstSlice + slice) * 4u * lanes + c;
  moments[i] = reference;
  moments[i + lanes] = rest;
  moments[i + 2u * lanes] = squares;
  moments[i + 3u * lanes] = count;
}
