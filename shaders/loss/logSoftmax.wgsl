// The logarithm of softmax.
//
// logits, y [rows, c]; float32.
//
//   y[row,c] = logits[row,c] − m − ln Σ_j exp(logits[row,j] − m)   where m is the largest logit of the row
//
// One invocation owns a row. If a row holds NaN or +∞, the whole row of y is NaN.
// Reference: src/runtime/reference/logSoftmax.ts

#import grid
#import softmax

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  c: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<Lane>;     // [rows, c]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;    // [rows, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let row = readRow(index, params.c / LANES);
  let logOfSum = logarithm(row.sum);
  for (var i = row.first; i < row.end; i++) {
    y[i] = (logits[i] - row.largest) - logOfSum;
  }
}
