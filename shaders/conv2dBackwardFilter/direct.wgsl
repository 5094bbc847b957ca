// The gradient of a convolution's filter, straight from its definition, one slice of the long sum: the general kernel.
//
// x nhwc, dy nhwc; float32. The sum over all outputs is far longer than there are filter elements, so it is cut in slices of whole
// output rows (n, p): this kernel writes each slice's partial sum, and sumSlices adds them in order. With one slice, that is dw.
//
//   partial[slice][r,s,c,k] = Σ_{(n,p) in slice, q} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c of k's group] · dy[n,p,q,k]
//
// One invocation owns, for one tap (r, s) and one slice, C_LANES input channels times TILE_K lanes of output channels: an
// outer product of two loads for every output pixel.
// Edges: padding is a real zero, chosen by select; a tile that overhangs the group computes on clamped addresses and stores nothing.
// CPU twin: src/cpu/conv2dBackwardFilter.ts

#import cLanes
#import grid
#import kLanes

const WORKGROUP_SIZE: u32 = 64;
const TILE_K: u32 = 2;
// Whether earlier chunks of the batch have written partial sums, for this dispatch to add to.
const ADD: bool = false;
const C_FOURS: bool = true;
const K_FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  n: u32,
  h: u32,
  w: u32,
  c: u32,
  r: u32,
  s: u32,
  p: u32,
  q: u32,
  k: u32,
  groups: u32,
  cPerGroup: u32,
  kPerGroup: u32,
  strideHeight: u32,
  strideWidth: u32,
  dilationHeight: u32,
  dilationWidth: u32,
  padTop: u32,
  padLeft: u32,
  rowsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<CLane>;               // [n, h, w, c]
@group(0) @binding(2) var<storage, read> dy: array<KLane>;              // [n, p, q, k]
@group(0) @binding(3) var<storage, read_write> partial: array<KLane>;   // [slice, r, s, cPerGroup, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  // Lengths in lanes.
  let cLanes = params.c / C_LANES;
  let kLanes = params.k / K_LANES;
  let cGroup = params.cPerGroup / C_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  let kTiles = ceilDivide(kGroup, TILE_K);

  let kInGroup = (index % kTiles) * TILE_K;
  index /= kTiles;
  let group = index % params.groups;
  index /= params.groups;
  let c = index % cGroup;
  index /= cGroup;
  let s = index % params.s;
  index /= params.s;
  let r = index % params.r;
  let slice = index / params.r;

  var kOfTile: array<u32, TILE_K>;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    kOfTile[j] = group * kGroup + min(kInGroup + j, kGroup - 1u);
  }

  let xOfTile = group * cGroup + c;
  let left = i32(s * params.dilationWidth) - i32(params.padLeft);
  var sums: array<KLane, C_LANES * TILE_K>;
  var row = slice * params.rowsPerSlice;
  let endRow = min(row + params.rowsPerSlice, params.n * params.p);
  // One loop over the outputs of all rows, and not one within another: a processor pays for each.
  var n = row / params.p;
  var p = row - n * params.p;
  var q = 0u;
  var output = row * params.q * kLanes;
  while (row < endRow) {
    let h = i32(p * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    // A row above or below x has no column inside.
    let columns = select(0u, params.w, u32(h) < params.h);
    let column = left + i32(q * params.strideWidth);
    let pixel = u32((i32(n * params.h) + h) * i32(params.w) + column);
    let xs = vec4<f32>(select(CLane(0.0), x[pixel * cLanes + xOfTile], u32(column) < columns));
    #unroll
    for (var j = 0u; j < TILE_K; j++) {
      let gradient = dy[output + kOfTile[j]];
      #unroll
      for (var lane = 0u; lane < C_LANES; lane++) {
        sums[lane * TILE_K + j] += xs[lane] * gradient;
      }
    }
    output += kLanes;
    // By arithmetic: branches take longer to compile.
    q++;
    let endsRow = u32(q == params.q);
    q *= 1u - endsRow;
    row += endsRow;
    p += endsRow;
    let endsImage = u32(p == params.p);
    p *= 1u - endsImage;
    n += endsImage;
  }

  let firstOfTap = ((slice * params.r + r) * params.s + s) * params.cPerGroup + c * C_LANES;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    if (kInGroup + j < kGroup) {
      // Fours are stored in a loop: a processor takes long to compile each store in the code. A single value needs none.
#if C_FOURS
#else
      #unroll
#endif
      for (var lane = 0u; lane < C_LANES; lane++) {
        let element = (firstOfTap + lane) * kLanes + kOfTile[j];
        var sum = sums[j];
        #unroll
        for (var i = 0u; i < C_LANES; i++) {
          sum = select(sum, sums[i * TILE_K + j], lane == i);
        }
#if ADD
        sum += partial[element];
#endif
        partial[element] = sum;
      }
    }
  }
}
