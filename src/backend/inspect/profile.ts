import type { Profile, ProfiledKernel } from "../../core/inspection.js";
import type { MeasuredRun } from "../../core/runtime.js";

class ProfileTable implements Profile {
  constructor(
    readonly kernels: readonly ProfiledKernel[],
    readonly milliseconds: number,
  ) {}

  toString(): string {
    const head = ["operator", "kernel", "runs", "ms", "GFLOP/s", "GB/s"];
    const rows = this.kernels.map(({ operator, kernel, dispatches, milliseconds, operations, bytes }) => {
      const rate = (amount: number) => (milliseconds ? (amount / milliseconds / 1e6).toPrecision(3) : "–");
      const name = kernel.replace(/^shaders\/\w+\/|\.wgsl$/g, "");
      return [operator, name, String(dispatches), milliseconds?.toFixed(3) ?? "–", rate(operations), rate(bytes)];
    });
    const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
    const line = (cells: readonly string[]) =>
      cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
    return [line(head), ...rows.map(line), `in all ${this.milliseconds.toFixed(3)} ms by the host's clock`].join("\n");
  }
}

/** Adds up single runs by operator and kernel. */
export function profileOf(runs: readonly MeasuredRun[], milliseconds: number): Profile {
  const kernels = new Map<string, ProfiledKernel>();
  for (const run of runs) {
    const key = `${run.operator} ${run.kernel}`;
    const known = kernels.get(key);
    kernels.set(key, known ? together(known, run) : { ...run, dispatches: 1 });
  }
  return new ProfileTable([...kernels.values()], milliseconds);
}

function together(known: ProfiledKernel, run: MeasuredRun): ProfiledKernel {
  const sum = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? undefined : a + b;
  return {
    ...known,
    dispatches: known.dispatches + 1,
    milliseconds: sum(known.milliseconds, run.milliseconds),
    operations: known.operations + run.operations,
    bytes: known.bytes + run.bytes,
  };
}
