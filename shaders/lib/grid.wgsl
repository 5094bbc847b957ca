// Which of all invocations this is, undoing the launcher's folding of large grids over x, y and z.

struct Invocation {
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
}

fn linearIndex(invocation: Invocation, workgroupSize: u32) -> u32 {
  let row = invocation.workgroup.z * invocation.workgroups.y + invocation.workgroup.y;
  return (row * invocation.workgroups.x + invocation.workgroup.x) * workgroupSize + invocation.local;
}

fn ceilDivide(a: u32, b: u32) -> u32 {
  return (a + b - 1u) / b;
}
