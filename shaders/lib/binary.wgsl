// Kernels of operators with two operands: y = f(a, b), or the gradient of one operand.
//
// a, b of any shapes that broadcast; y, dy, dx of the shape that both are stretched to; float32.
//
// A shader that imports this declares three functions:
//
//   fn value(a: Lane, b: Lane) -> Lane                    f(a, b)
//   fn gradientA(a: Lane, b: Lane, dy: Lane) -> Lane      ∂f/∂a · dy
//   fn gradientB(a: Lane, b: Lane, dy: Lane) -> Lane      ∂f/∂b · dy

#import broadcast

// Whether dx is computed from a, b and dy. If not, y is computed from a and b.
override GRADIENT: bool = false;
// Whether dx is the gradient of b. If not, it is the gradient of a.
override OF_B: bool = false;

@group(0) @binding(1) var<storage, read> a: array<LaneA>;
@group(0) @binding(2) var<storage, read> b: array<LaneB>;
#if GRADIENT
@group(0) @binding(3) var<storage, read> dy: array<Lane>;
@group(0) @binding(4) var<storage, read_write> dx: array<Lane>;

fn element(dxIndex: u32, aIndex: u32, bIndex: u32) {
#if OF_B
  dx[dxIndex] = gradientB(Lane(a[aIndex]), Lane(b[bIndex]), dy[dxIndex]);
#else
  dx[dxIndex] = gradientA(Lane(a[aIndex]), Lane(b[bIndex]), dy[dxIndex]);
#endif
}
#else
@group(0) @binding(3) var<storage, read_write> y: array<Lane>;

fn element(yIndex: u32, aIndex: u32, bIndex: u32) {
  y[yIndex] = value(Lane(a[aIndex]), Lane(b[bIndex]));
}
#endif
