// Winograd F(2×2, 3×3), the output's part: from the 16 products of a tile to its 2×2 outputs, with bias and activation.
//
// m [tile, 16, k], the output of a 1×1 convolution in 16 groups; bias [k]; y nhwc; float32; channels in multiples of 4.
//
//   y[2·2 outputs of the tile, k] = act(bias[k] + (Aᵀ m A))   with Aᵀ = [1 1 1 0; 0 1 −1 −1]
//
// One invocation computes 4 neighbouring channels of one tile's outputs. Outputs past the last row or column are not
// stored.
// Reference: src/runtime/reference/conv2d.ts

#import grid
#import relu

const WORKGROUP_SIZE: u32 = 64;
override HAS_BIAS: bool = false;
override RELU: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  p: u32,
  q: u32,
  k: u32,
  // Tiles in a column and in a row of an image.
  tileRows: u32,
  tileColumns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> m: array<vec4<f32>>;            // [tile, 16, k]
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;         // [k]; not read if HAS_BIAS is false
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;      // [n, p, q, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let kLanes = params.k / 4u;
  let tile = index / kLanes;
  let k = index - tile * kLanes;
  let tileRow = tile / params.tileColumns;
  let n = tileRow / params.tileRows;
  let p0 = (tileRow - n * params.tileRows) * 2u;
  let q0 = (tile - tileRow * params.tileColumns) * 2u;

  // m A, row by row.
  var half: array<vec4<f32>, 8>;
  for (var i = 0u; i < 4u; i++) {
    let at = (tile * 16u + i * 4u) * kLanes + k;
    let m1 = m[at + kLanes];
    let m2 = m[at + 2u * kLanes];
    half[i] = m[at] + m1 + m2;
    half[4u + i] = m1 - m2 - m[at + 3u * kLanes];
  }
  for (var j = 0u; j < 2u; j++) {
    let h1 = half[j * 4u + 1u];
    let h2 = half[j * 4u + 2u];
    store(n, p0, q0 + j, k, half[j * 4u] + h1 + h2);
    store(n, p0 + 1u, q0 + j, k, h1 - h2 - half[j * 4u + 3u]);
  }
}

fn store(n: u32, p: u32, q: u32, k: u32, sum: vec4<f32>) {
  var value = sum;
  if (HAS_BIAS) {
    value += bias[k];
  }
  if (RELU) {
    value = relu(value);
  }
  if (p < params.p && q < params.q) {
    y[((n * params.p + p) * params.q + q) * (params.k / 4u) + k] = value;
  }
}
