// Crops boxes out of images and resizes each to the same size.
//
// images [n, h, w, c] (nhwc), boxes [b, 4], boxIndices [b], y [b, p, q, c]; float32.
//
//   y[b,p,q,c] = Σ_{i,j} weight_i · weight_j · images[boxIndices[b], row_i, column_j, c]
//
// over up to four pixels around the point of (p, q) in the box (lib/boxes.wgsl), or the nearest pixel. y is the
// constant if this point is outside the image.
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each. A launch sees some of the
// images, and writes the outputs that show them.
// Edges: a pixel whose weight is 0 is not read. An index that names no image gives NaN.
// Reference: src/runtime/reference/cropAndResize.ts

#import boxes
#import classes
#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The number of all images. The images of this launch begin with firstImage.
  images: u32,
  n: u32,
  firstImage: u32,
  h: u32,
  w: u32,
  c: u32,
  p: u32,
  q: u32,
  value: f32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> images: array<Lane>;       // [n, h, w, c]
@group(0) @binding(2) var<storage, read> boxes: array<f32>;         // [b, 4]: y1, x1, y2, x2
@group(0) @binding(3) var<storage, read> boxIndices: array<f32>;    // [b]
@group(0) @binding(4) var<storage, read_write> y: array<Lane>;      // [b, p, q, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.p, params.tilesOfRow, params.tilesOfStrip, lanes);
  let number = boxIndices[strip.n];
  let known = isClass(number, params.images);
  let image = select(0u, u32(number), known) - select(0u, params.firstImage, known);
  // The launch with the first image also writes the boxes that name no image.
  if (image >= params.n || (!known && params.firstImage > 0u)) {
    return;
  }
  let box = strip.n * 4u;
  let rows = boxTaps(boxes[box], boxes[box + 2u], strip.row, params.p, params.h);
  let nearRow = (image * params.h + rows.near) * params.w;
  let farRow = (image * params.h + rows.far) * params.w;
  let output = (strip.n * params.p + strip.row) * params.q;
  for (var q = strip.first; q < strip.end; q++) {
    let columns = boxTaps(boxes[box + 1u], boxes[box + 3u], q, params.q, params.w);
    let near = mixOf(images[(nearRow + columns.near) * lanes + strip.c], images[(nearRow + columns.far) * lanes + strip.c], columns);
    let far = mixOf(images[(farRow + columns.near) * lanes + strip.c], images[(farRow + columns.far) * lanes + strip.c], columns);
    let value = select(Lane(params.value), mixOf(near, far, rows), rows.inside & columns.inside);
    y[(output + q) * lanes + strip.c] = select(Lane(valueUnlessUnknown(0.0, false)), value, known);
  }
}

fn mixOf(near: Lane, far: Lane, taps: BoxTaps) -> Lane {
  return select(near * taps.nearWeight + far * taps.farWeight, near, taps.farWeight == 0.0);
}
