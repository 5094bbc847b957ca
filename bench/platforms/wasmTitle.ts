import { cpus } from "node:os";

/** For example "WebAssembly SIMD, 1 thread of 2 × AMD EPYC, Node v20.20.2". */
export function wasmTitle(threads: number): string {
  const processors = cpus();
  return `WebAssembly SIMD, ${threads} ${threads === 1 ? "thread" : "threads"} of ${processors.length} × ${processors[0]?.model}, Node ${process.version}`;
}
