// Global max pooling: the largest pixel of each channel of an image. For the gradient, the number of this pixel.
//
// x [n, pixels, c] (nhwc with h and w in one); float32. With GIVE_PIXELS, the number of a pixel instead of y: a u32.
//
//   y[n,c] = max_pixel x[n,pixel,c]
//   with GIVE_PIXELS: the first pixel that holds it
//
// The pixels are cut into slices, which run side by side. Each slice gives its largest pixel, and the next launch
// MERGES these pixels. A slice takes every `slices`-th pixel. One invocation owns LANES neighbouring channels of one
// image in one slice.
// Edges: NaN wins over all numbers. Of several NaN, or of equal numbers, the first pixel wins.
// Reference: src/runtime/reference/globalMaxPool2d.ts

#import grid
#import lanes
#import nan

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override GIVE_PIXELS: bool = false;
override MERGES: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  n: u32,
  pixels: u32,
  c: u32,
  slices: u32,
  // The number of pixels to compare: all pixels, or one for each slice of the launch before.
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;                      // [n, pixels, c]
#if GIVE_PIXELS
@group(0) @binding(2) var<storage, read_write> winners: array<LaneBits>;      // [slice, n, c]
#else
@group(0) @binding(2) var<storage, read_write> y: array<LaneBits>;            // [n, c], the bits of a float32
#endif
#if MERGES
@group(0) @binding(3) var<storage, read> candidates: array<LaneBits>;         // [length, n, c]
#endif

// −∞, below every number. It is a variable, because WGSL refuses an infinite constant.
var<private> lowest = 0xff800000u;

// The winning pixels of neighbouring channels differ, so each channel of a lane has its own index.
#if FOURS
fn valueAt(index: LaneBits) -> Lane {
  return Lane(x[index.x].x, x[index.y].y, x[index.z].z, x[index.w].w);
}
#else
fn valueAt(index: LaneBits) -> Lane {
  return x[index];
}
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let image = index / lanes;
  let slice = image / params.n;
  let ofImage = index - slice * params.n * lanes;
  let first = (image - slice * params.n) * params.pixels * lanes + index - image * lanes;
  var best = Lane(bitcast<f32>(lowest));
  var nan = LaneBool(false);
  var winner = LaneBits(0xffffffffu);
  for (var i = slice; i < params.length; i += params.slices) {
#if MERGES
    let pixel = candidates[i * params.n * lanes + ofImage];
    let value = valueAt(first + pixel * lanes);
#else
    let pixel = LaneBits(i);
    let value = x[first + i * lanes];
#endif
    let isNaN = isNan(value);
    let earlier = pixel < winner;
    let greater = (value > best) | ((value == best) & earlier);
    let better = select(greater & !nan, !nan | earlier, isNaN);
    best = select(best, value, better);
    winner = select(winner, pixel, better);
    nan |= isNaN;
  }
#if GIVE_PIXELS
  winners[index] = winner;
#else
  y[index] = select(bitcast<LaneBits>(best), LaneBits(0x7fc00000u), nan);
#endif
}
