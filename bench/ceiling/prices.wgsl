// What single operations cost: eight of one kind in a turn of a loop, beside a turn with none.
//
// Each waits for none of the others. Addresses differ in every turn, and from lane to lane.

#import grid

override WORKGROUP_SIZE: u32 = 16;
override QUADS: bool = false;
override LOAD: bool = false;
override LOAD_VECTOR: bool = false;
override BROADCAST: bool = false;
override DIVISION: bool = false;
// A loop of no known length within the loop, of one turn.
override LOOP: bool = false;

#if QUADS
enable subgroups;
diagnostic(off, subgroup_uniformity);
#endif

struct Params {
  gridWidth: u32,
  iterations: u32,
  // One, which the compiler does not know.
  one: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, 0u, params.gridWidth, WORKGROUP_SIZE);
  var sums: array<vec4<f32>, 8>;
  // Bound in every build.
  sums[0] = v[index] + x[index];
  for (var iteration = 0u; iteration < params.iterations; iteration++) {
    #unroll
    for (var i = 0u; i < 8; i++) {
      let at = (index + iteration * 8u + i) & 1023u;
#if LOAD
      sums[i].x += x[at];
#endif
#if LOAD_VECTOR
      sums[i] += v[at];
#endif
#if BROADCAST
      sums[i] = quadBroadcast(sums[i] + 1.0, i % 4u);
#endif
#if DIVISION
      sums[i].x += f32((at + index) / (params.one + i));
#endif
#if LOOP
      for (var turn = 0u; turn < params.one; turn++) {
        sums[i].x += f32(at);
      }
#endif
      sums[i].y += f32(at);
    }
  }
  var total = vec4<f32>(0.0);
  #unroll
  for (var i = 0u; i < 8; i++) {
    total += sums[i];
  }
  y[index] = total.x + total.y + total.z + total.w;
}
