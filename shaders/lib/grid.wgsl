// The linear index of an invocation, undoing the launcher's folding of large grids over x, y and z.

fn invocationIndex(workgroup: vec3<u32>, grid: vec3<u32>, local: u32, workgroupSize: u32) -> u32 {
  return ((workgroup.z * grid.y + workgroup.y) * grid.x + workgroup.x) * workgroupSize + local;
}

fn ceilDivide(a: u32, b: u32) -> u32 {
  return (a + b - 1u) / b;
}
