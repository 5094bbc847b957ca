const heldForEver: GPU[] = [];

/** WebGPU where the test runs: the page's or the worker's own, or Dawn in Node, where `navigator` has none. */
export async function findGPU(): Promise<GPU> {
  if (typeof navigator !== "undefined" && navigator.gpu) return navigator.gpu;
  // By a name that bundlers do not follow into the page.
  const dawn = "webgpu";
  const { create } = await import(/* @vite-ignore */ dawn);
  const gpu: GPU = create([]);
  heldForEver.push(gpu);
  return gpu;
}
