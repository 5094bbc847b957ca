// Which of all invocations this is, undoing the launcher's folding of large grids over x and y.
//
// The grid's width comes from Params: the builtin num_workgroups is emulated on some backends, and not by all of them rightly.

struct Invocation {
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
}

fn linearIndex(invocation: Invocation, gridWidth: u32, workgroupSize: u32) -> u32 {
  return (invocation.workgroup.y * gridWidth + invocation.workgroup.x) * workgroupSize + invocation.local;
}

fn ceilDivide(a: u32, b: u32) -> u32 {
  return (a + b - 1u) / b;
}
