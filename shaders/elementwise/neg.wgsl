// The negative.
//
//   y = −x
//   dx = −dy
//
// Reference: src/runtime/reference/elementwise.ts

#import unary

fn value(x: Lane) -> Lane {
  return -x;
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  return -dy;
}
