import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { add, type Backend, conv2d, createBackend, maxPool2d } from "webgpu-cnn";
import { ALL_OPERATORS, named } from "../support/operators.js";

interface Counted {
  readonly operator: string;
  readonly operations: number;
}

function totals(counted: readonly Counted[]): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const { operator, operations } of counted) totals[operator] = (totals[operator] ?? 0) + operations;
  return totals;
}

describe("the cost of operators on the CPU is that on WebGPU", () => {
  let gpu: Backend;
  let cpu: Backend;
  beforeAll(async () => {
    gpu = await createBackend({ kind: "webgpu" });
    cpu = await createBackend({ kind: "cpu" });
  });
  afterAll(() => {
    gpu.destroy();
    cpu.destroy();
  });

  test.each(named(ALL_OPERATORS))("operations of %s", async (_, { tensors, options, call }) => {
    const work = (backend: Backend) => () =>
      call((argument) => backend.full(tensors[argument] ?? [], argument === "indices" ? 0 : 0.5), options);
    const { operators } = gpu.explain(work(gpu));
    const planned = operators.flatMap(({ operator, dispatches }) =>
      dispatches.map(({ operations }) => ({ operator, operations })),
    );
    const { kernels } = await cpu.profile(work(cpu));
    for (const { operations } of kernels) expect(operations).toBeGreaterThan(0);
    // A GPU cuts long sums into more slices than a software adapter does, and adds them.
    const hasSlices = operators.some(({ dispatches }) => dispatches.length > 1);
    if (gpu.info.software || !hasSlices) expect(totals(kernels)).toEqual(totals(planned));
  });

  test("operations and bytes of operators with one kernel each", async () => {
    const [onGpu, onCpu] = await Promise.all(
      [gpu, cpu].map(async (backend) => {
        const { kernels } = await backend.profile(() => {
          const [x, w, bias] = [backend.zeros([2, 14, 14, 16]), backend.zeros([3, 3, 16, 32]), backend.zeros([32])];
          maxPool2d(conv2d(x, w, { bias, padding: 1 }), { windowDimensions: 2 });
          add(x, backend.zeros([16]));
          // A tensor that is given twice counts once.
          add(x, x);
        });
        return kernels.map(({ operator, operations, bytes }) => ({ operator, operations, bytes }));
      }),
    );
    const elements = 2 * 14 * 14;
    expect(onCpu).toEqual([
      {
        operator: "conv2d",
        operations: 2 * elements * 32 * 9 * 16,
        bytes: 4 * (elements * 16 + 9 * 16 * 32 + 32 + elements * 32),
      },
      { operator: "maxPool2d", operations: elements * 32, bytes: 4 * (elements * 32 + (elements / 4) * 32) },
      { operator: "add", operations: 2 * elements * 16, bytes: 4 * (2 * elements * 16 + 16 + 2 * elements * 16) },
    ]);
    expect(onGpu).toEqual(onCpu);
  });
});
