// Winograd F(2×2, 3×3), the filter's part: transforms each 3×3 filter to 4×4 values.
//
// w hwio, 3×3; u [c, 16, k], the filter of a 1×1 convolution in 16 groups; float32; channels in multiples of 4.
//
//   u[·,ξ,·] = (G g Gᵀ)[ξ / 4, ξ % 4]   with G = [1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1] and g the filter from input channel c to output channel k
//
// BACKWARD: for the convolution of dy that gives dx, g is the filter rotated by 180°, with c and k exchanged.
//
// One invocation transforms the filters from one input channel to 4 neighbouring output channels (BACKWARD: to output
// channels that it gathers from four rows).
// Reference: src/runtime/reference/conv2d.ts

#import grid

const WORKGROUP_SIZE: u32 = 64;
override BACKWARD: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The input and output channels of the product.
  c: u32,
  k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;                  // [3, 3, c, k]; BACKWARD [3, 3, k, c]
@group(0) @binding(2) var<storage, read_write> u: array<vec4<f32>>;      // [c, 16, k]

fn filterAt(r: u32, s: u32, c: u32, k: u32) -> vec4<f32> {
#if BACKWARD
  let at = ((2u - r) * 3u + 2u - s) * params.k * params.c + k * params.c + c;
  return vec4<f32>(w[at], w[at + params.c], w[at + 2u * params.c], w[at + 3u * params.c]);
#else
  let at = (r * 3u + s) * params.c * params.k + c * params.k + k;
  return vec4<f32>(w[at], w[at + 1u], w[at + 2u], w[at + 3u]);
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let kLanes = params.k / 4u;
  let c = index / kLanes;
  let k = index - c * kLanes;
  // G g, column by column.
  var half: array<vec4<f32>, 12>;
  for (var s = 0u; s < 3u; s++) {
    let g0 = filterAt(0u, s, c, k * 4u);
    let g1 = filterAt(1u, s, c, k * 4u);
    let g2 = filterAt(2u, s, c, k * 4u);
    half[s] = g0;
    half[3u + s] = 0.5 * (g0 + g1 + g2);
    half[6u + s] = 0.5 * (g0 - g1 + g2);
    half[9u + s] = g2;
  }
  for (var i = 0u; i < 4u; i++) {
    let h0 = half[i * 3u];
    let h1 = half[i * 3u + 1u];
    let h2 = half[i * 3u + 2u];
    let at = (c * 16u + i * 4u) * kLanes + k;
    u[at] = h0;
    u[at + kLanes] = 0.5 * (h0 + h1 + h2);
    u[at + 2u * kLanes] = 0.5 * (h0 - h1 + h2);
    u[at + 3u * kLanes] = h2;
  }
}
