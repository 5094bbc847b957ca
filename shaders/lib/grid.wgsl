// Which of all invocations this is, undoing what the launcher does to large grids.
//
// It folds them over x and y, and cuts those of much work into several dispatches; what a fold leaves over ends at Params.invocations.
// The grid's width comes from Params: the builtin num_workgroups is emulated on some backends, and not by all of them rightly.

struct Invocation {
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
}

fn linearIndex(invocation: Invocation, firstWorkgroup: u32, gridWidth: u32, workgroupSize: u32) -> u32 {
  return linearWorkgroup(invocation.workgroup, firstWorkgroup, gridWidth) * workgroupSize + invocation.local;
}

// Which of all workgroups; for kernels with barriers, that need it to be the same for all of a workgroup as the compiler sees it, and so take
// the builtins one by one.
fn linearWorkgroup(id: vec3<u32>, firstWorkgroup: u32, gridWidth: u32) -> u32 {
  return firstWorkgroup + id.y * gridWidth + id.x;
}

// Takes the last digit off a number whose last digit has so many values: tells apart what was counted together, by one division.
fn takeDigit(number: ptr<function, u32>, values: u32) -> u32 {
  let rest = *number / values;
  let digit = *number - rest * values;
  *number = rest;
  return digit;
}

// Sets a counter that has come to its end back to zero: 1 to carry then, else 0. Without an if, both sides of which a processor would go through.
fn carry(counter: ptr<function, u32>, end: u32) -> u32 {
  let ends = *counter >= end;
  *counter = select(*counter, 0u, ends);
  return u32(ends);
}

fn ceilDivide(a: u32, b: u32) -> u32 {
  return (a + b - 1u) / b;
}
