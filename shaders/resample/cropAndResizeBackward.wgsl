// The gradient of cropping and resizing boxes: every pixel of the images sums dy over the outputs that show it.
//
// dy [b, p, q, c], boxes [b, 4], boxIndices [b], dimages [n, h, w, c] (nhwc); float32.
//
//   dimages[n,h,w,c] = Σ weight(p) · weight(q) · dy[b,p,q,c]   over the boxes of image n
//
// with the weights of cropAndResize.wgsl.
//
// One invocation owns a strip of pixels of a row, LANES neighbouring channels of each. It tries the outputs of each box
// that may show the pixel, and a few more. It adds in blocks, because rounding errors then grow with the length of a
// block.
// Edges: an output in which the pixel has the weight 0 adds nothing, even if its dy is NaN.
// Reference: src/runtime/reference/cropAndResizeBackward.ts

#import boxes
#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
// Whether dimages holds the sums of other boxes. This launch adds to them.
override ADD: bool = false;
// Boxes, rows and columns that are added one after the other.
override BLOCK: u32 = 8;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The number of the first image of this launch.
  firstImage: u32,
  boxes: u32,
  h: u32,
  w: u32,
  c: u32,
  p: u32,
  q: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;                 // [b, p, q, c]
@group(0) @binding(2) var<storage, read> boxes: array<f32>;               // [b, 4]: y1, x1, y2, x2
@group(0) @binding(3) var<storage, read> boxIndices: array<f32>;          // [b]
@group(0) @binding(4) var<storage, read_write> dimages: array<Lane>;      // [n, h, w, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.h, params.tilesOfRow, params.tilesOfStrip, lanes);
  let number = f32(params.firstImage + strip.n);
  for (var column = strip.first; column < strip.end; column++) {
    var sum = Lane(0.0);
    for (var block = 0u; block < params.boxes; block += BLOCK) {
      var ofBlock = Lane(0.0);
      for (var box = block; box < min(block + BLOCK, params.boxes); box++) {
        if (boxIndices[box] == number) {
          ofBlock += sumOfBox(box, strip.row, column, strip.c);
        }
      }
      sum += ofBlock;
    }
    let element = ((strip.n * params.h + strip.row) * params.w + column) * lanes + strip.c;
#if ADD
    sum += dimages[element];
#endif
    dimages[element] = sum;
  }
}

fn sumOfBox(box: u32, row: u32, column: u32, c: u32) -> Lane {
  let y1 = boxes[box * 4u];
  let y2 = boxes[box * 4u + 2u];
  let rows = outputsNear(y1, y2, params.p, params.h, row);
  let columns = outputsNear(boxes[box * 4u + 1u], boxes[box * 4u + 3u], params.q, params.w, column);
  var sum = Lane(0.0);
  for (var block = rows.x; block < rows.y; block += BLOCK) {
    var ofBlock = Lane(0.0);
    for (var p = block; p < min(block + BLOCK, rows.y); p++) {
      let weight = weightOf(boxTaps(y1, y2, p, params.p, params.h), row);
      if (weight > 0.0) {
        ofBlock += weight * sumOfRow(box, p, columns, column, c);
      }
    }
    sum += ofBlock;
  }
  return sum;
}

// Σ weight(q) · dy over a row of outputs.
fn sumOfRow(box: u32, p: u32, columns: vec2<u32>, column: u32, c: u32) -> Lane {
  let x1 = boxes[box * 4u + 1u];
  let x2 = boxes[box * 4u + 3u];
  var sum = Lane(0.0);
  for (var block = columns.x; block < columns.y; block += BLOCK) {
    var ofBlock = Lane(0.0);
    for (var q = block; q < min(block + BLOCK, columns.y); q++) {
      let weight = weightOf(boxTaps(x1, x2, q, params.q, params.w), column);
      let value = dy[((box * params.p + p) * params.q + q) * (params.c / LANES) + c];
      ofBlock = select(ofBlock, ofBlock + weight * value, weight > 0.0);
    }
    sum += ofBlock;
  }
  return sum;
}

// The weight of a pixel in an output.
fn weightOf(taps: BoxTaps, pixel: u32) -> f32 {
  let weight = select(select(0.0, taps.farWeight, taps.far == pixel), taps.nearWeight, taps.near == pixel);
  return select(0.0, weight, taps.inside);
}

// The first output that may show a pixel, and the one after the last. The range is wider than necessary, because
// rounding must not leave an output out.
fn outputsNear(begin: f32, end: f32, outputs: u32, extent: u32, pixel: u32) -> vec2<u32> {
  let last = f32(extent - 1u);
  let origin = begin * last;
  let slope = (end - begin) * last / f32(max(outputs, 2u) - 1u);
  // More than the rounding error of a point.
  let doubt = (abs(begin) + abs(end)) * last * 0x1p-20;
  if (outputs == 1u || !isFinite(origin) || !isFinite(slope) || abs(slope) <= doubt) {
    return vec2<u32>(0u, outputs);
  }
  let before = (f32(pixel) - 1.0 - origin) / slope;
  let after = (f32(pixel) + 1.0 - origin) / slope;
  let margin = 1.0 + doubt / abs(slope) + f32(outputs) * 0x1p-20;
  let most = f32(outputs);
  let first = clamp(floor(min(before, after) - margin), 0.0, most);
  let stop = clamp(ceil(max(before, after) + margin) + 1.0, 0.0, most);
  return vec2<u32>(u32(first), u32(stop));
}
