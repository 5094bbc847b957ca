// Shared by softmax and its cross-entropy: the exponentials of a row. None of them overflows.
//
// A shader that imports this declares `logits`, [rows, lanes] of Lane.

#import lanes
#import nan

struct Row {
  // In lanes.
  first: u32,
  end: u32,
  largest: f32,
  // Σ exp(logit − largest): at least 1, or NaN if the row holds NaN or +∞, or only −∞.
  sum: f32,
}

fn readRow(row: u32, lanes: u32) -> Row {
  let first = row * lanes;
  let end = first + lanes;
  var largest = logits[first];
  for (var i = first + 1u; i < end; i++) {
    largest = max(largest, logits[i]);
  }
  // It may ignore a NaN. The sum then becomes NaN.
  let largestOfRow = maxOfLanes(largest);
  var sum = Lane(0.0);
  for (var i = first; i < end; i++) {
    sum += exponential(logits[i] - largestOfRow);
  }
  return Row(first, end, largestOfRow, sumOfLanes(sum));
}

// exp(x) of x ≤ 0. WGSL promises little accuracy far below 0, where the float32 result is 0, and nothing for NaN.
fn exponential(x: Lane) -> Lane {
  let inRange = select(exp(x), Lane(0.0), x < Lane(-104.0));
  return select(inRange, x, isNan(x));
}

// log(x) that keeps NaN.
fn logarithm(x: f32) -> f32 {
  return select(log(x), x, isNanOfRow(x));
}

// Whether the value of a row is NaN.
fn isNanOfRow(x: f32) -> bool {
  return bitcast<u32>(abs(x)) > 0x7f800000u;
}

#if FOURS
fn maxOfLanes(x: Lane) -> f32 {
  return max(max(x.x, x.y), max(x.z, x.w));
}

fn sumOfLanes(x: Lane) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}

fn laneAt(x: Lane, lane: u32) -> f32 {
  return x[lane];
}

// The numbers of the columns in a row's i-th lane.
fn columnsOf(i: u32) -> Lane {
  return f32(4u * i) + Lane(0.0, 1.0, 2.0, 3.0);
}
#else
fn maxOfLanes(x: Lane) -> f32 {
  return x;
}

fn sumOfLanes(x: Lane) -> f32 {
  return x;
}

fn laneAt(x: Lane, lane: u32) -> f32 {
  return x;
}

fn columnsOf(i: u32) -> Lane {
  return f32(i);
}
#endif
