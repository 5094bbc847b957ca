// The gradient of reduceMax and reduceMin: elements that equal the extremum share its gradient evenly.
//
// x, dx of the shape of the forward's input; y, counts, dy of that shape with an extent of 1 for each reduced axis;
// float32.
//
//   dx[i] = dy[j] / counts[j] where x[i] = y[j], else 0   where j is i without the reduced axes
//
// counts[j] is the number of elements that equal y[j]. NaN counts as equal to NaN.
// Reference: src/runtime/reference/reduceMaxBackward.ts

#import broadcast
#import nan

@group(0) @binding(1) var<storage, read> x: array<LaneA>;
@group(0) @binding(2) var<storage, read> y: array<LaneB>;
@group(0) @binding(3) var<storage, read> counts: array<LaneB>;
@group(0) @binding(4) var<storage, read> dy: array<LaneB>;
@group(0) @binding(5) var<storage, read_write> dx: array<Lane>;

fn element(dxIndex: u32, xIndex: u32, yIndex: u32) {
  let value = Lane(x[xIndex]);
  let extremum = Lane(y[yIndex]);
  let isShared = (value == extremum) | (isNan(value) & isNan(extremum));
  dx[dxIndex] = select(Lane(0.0), Lane(dy[yIndex]) / Lane(counts[yIndex]), isShared);
}
