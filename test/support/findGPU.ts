const heldForEver: GPU[] = [];

/** The WebGPU of the test: that of the page or worker, or Dawn in Node, if `navigator` has none. */
export async function findGPU(): Promise<GPU> {
  if (typeof navigator !== "undefined" && navigator.gpu) return navigator.gpu;
  // The name is a variable. Bundlers for pages do not follow it.
  const dawn = "webgpu";
  const { create } = await import(/* @vite-ignore */ dawn);
  const gpu: GPU = create([]);
  heldForEver.push(gpu);
  return gpu;
}
