// The index of this invocation among all invocations of a launch.
//
// The launcher folds a large grid over x and y, and cuts much work into several dispatches. These functions undo both.
// Folding may add invocations. Those from Params.invocations on have no work.
// The grid's width comes from Params. Some WebGPU implementations emulate the builtin num_workgroups, and some emulate
// it wrong.

struct Invocation {
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
}

fn linearIndex(invocation: Invocation, firstWorkgroup: u32, gridWidth: u32, workgroupSize: u32) -> u32 {
  return linearWorkgroup(invocation.workgroup, firstWorkgroup, gridWidth) * workgroupSize + invocation.local;
}

// The index of this workgroup among all. It is for kernels with barriers. There the compiler must see that the index is
// the same for the whole workgroup, so these kernels take the builtins one by one.
fn linearWorkgroup(id: vec3<u32>, firstWorkgroup: u32, gridWidth: u32) -> u32 {
  return firstWorkgroup + id.y * gridWidth + id.x;
}

// Splits a number into its last digit and the rest. The last digit has `values` values. It takes one division.
fn takeDigit(number: ptr<function, u32>, values: u32) -> u32 {
  let rest = *number / values;
  let digit = *number - rest * values;
  *number = rest;
  return digit;
}

// Sets a counter that has reached its end back to zero. Returns 1 to carry then, else 0. It has no if, because a
// software adapter executes both sides of an if.
fn carry(counter: ptr<function, u32>, end: u32) -> u32 {
  let ends = *counter >= end;
  *counter = select(*counter, 0u, ends);
  return u32(ends);
}

fn ceilDivide(a: u32, b: u32) -> u32 {
  return (a + b - 1u) / b;
}
