// Winograd F(2×2, 3×3), the input's part: transforms each 4×4 tile of the input; tiles are two pixels apart.
//
// x nhwc; v [tile, 16, c], the input of a 1×1 convolution in 16 groups; float32; channels in multiples of 4.
//
//   v[tile,ξ,·] = (Bᵀ d B)[ξ / 4, ξ % 4]   with Bᵀ = [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1] and d the tile, zero where it lies in the padding
//
// One invocation transforms 4 neighbouring channels of one tile. Neighbouring invocations take neighbouring channels.
// Reference: src/runtime/reference/conv2d.ts

#import grid

const WORKGROUP_SIZE: u32 = 64;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  h: u32,
  w: u32,
  c: u32,
  // Tiles in a column and in a row of an image.
  tileRows: u32,
  tileColumns: u32,
  // The position where the first tile begins.
  top: i32,
  left: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;            // [n, h, w, c]
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;      // [tile, 16, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let cLanes = params.c / 4u;
  let tile = index / cLanes;
  let c = index - tile * cLanes;
  let tileRow = tile / params.tileColumns;
  let n = tileRow / params.tileRows;
  let h0 = i32((tileRow - n * params.tileRows) * 2u) + params.top;
  let w0 = i32((tile - tileRow * params.tileColumns) * 2u) + params.left;

  // d B, row by row: the contribution of a row to the four columns of the result.
  var half: array<vec4<f32>, 16>;
  for (var i = 0u; i < 4u; i++) {
    let h = h0 + i32(i);
    let columns = select(0u, params.w, u32(h) < params.h);
    let row = (i32(n * params.h) + h) * i32(params.w) + w0;
    var d: array<vec4<f32>, 4>;
    #unroll
    for (var j = 0u; j < 4; j++) {
      d[j] = select(vec4<f32>(0.0), x[u32(row + i32(j)) * cLanes + c], u32(w0 + i32(j)) < columns);
    }
    half[i * 4u] = d[0] - d[2];
    half[i * 4u + 1u] = d[1] + d[2];
    half[i * 4u + 2u] = d[2] - d[1];
    half[i * 4u + 3u] = d[1] - d[3];
  }
  for (var j = 0u; j < 4u; j++) {
    let at = (tile * 16u + j) * cLanes + c;
    v[at] = half[j] - half[8u + j];
    v[at + 4u * cLanes] = half[4u + j] + half[8u + j];
    v[at + 8u * cLanes] = half[8u + j] - half[4u + j];
    v[at + 12u * cLanes] = half[4u + j] - half[12u + j];
  }
}
