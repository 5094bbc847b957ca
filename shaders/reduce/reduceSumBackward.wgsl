// The gradient of reduceSum: every element gets the gradient of the sum that it is a part of.
//
// dy of any shape, dx of the shape of the forward's input; float32.
//
//   dx[i] = dy[j]   where j is i without the reduced axes
//
// Reference: src/runtime/reference/reduceSumBackward.ts

#import broadcast

@group(0) @binding(1) var<storage, read> dy: array<LaneA>;
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;

fn element(dxIndex: u32, dyIndex: u32, _unused: u32) {
  dx[dxIndex] = Lane(dy[dyIndex]);
}
