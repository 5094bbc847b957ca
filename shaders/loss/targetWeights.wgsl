// The weight of each row's class, for the mean of a weighted cross-entropy.
//
// labels [rows], class numbers; classWeights [c]; weights [rows]; float32.
//
//   weights[row] = classWeights[labels[row]]
//
// An invalid class number gives NaN. One invocation owns a row.
// Reference: src/runtime/reference/softmaxCrossEntropy.ts

#import classes
#import grid

const WORKGROUP_SIZE: u32 = 64;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  c: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<f32>;            // [rows]
@group(0) @binding(2) var<storage, read> classWeights: array<f32>;      // [c]
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;     // [rows]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let row = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (row >= params.invocations) {
    return;
  }
  let known = isClass(labels[row], params.c);
  let wanted = select(0u, u32(labels[row]), known);
  weights[row] = valueUnlessUnknown(classWeights[wanted], known);
}
