// Multiplication with broadcasting.
//
// a, b of any shapes that broadcast, y of the shape that both are stretched to; float32.
//
//   y[i] = a[i] · b[i]
//
// CPU twin: src/runtime/reference/mul.ts

#import broadcast

@group(0) @binding(1) var<storage, read> a: array<LaneA>;
@group(0) @binding(2) var<storage, read> b: array<LaneB>;
@group(0) @binding(3) var<storage, read_write> y: array<Lane>;

fn element(yIndex: u32, aIndex: u32, bIndex: u32) {
  y[yIndex] = Lane(a[aIndex]) * Lane(b[bIndex]);
}
