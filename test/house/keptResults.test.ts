import { expect, test } from "vitest";
import { add, createBackend, type Tensor } from "webgpu-cnn";

const COUNT = 300;

// In this folder, because it needs Node's count of the heap.
test("a result that is kept in a loop without an await holds less than 4.8 KB of JavaScript memory", async () => {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") throw new Error("the tests run with --expose-gc");
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const backend = await createBackend({ kind: "webgpu" });
  const x = backend.tensor([1, 2]);
  const kept: Tensor[] = [];
  const keep = (count: number) => {
    for (let i = 0; i < count; i++) kept.push(add(x, x));
  };
  keep(50);
  // Node's own work may be made or collected meanwhile. So the least counts.
  const measured: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    await backend.settled();
    const before = heap();
    keep(COUNT);
    measured.push((heap() - before) / COUNT);
  }
  // 3.8 KB, measured on Node 20 with Dawn. It was 5.7 KB while each submission held its commands until it was confirmed.
  expect(Math.min(...measured)).toBeGreaterThan(0);
  expect(Math.min(...measured)).toBeLessThan(4800);
  await backend.settled();
  for (const tensor of [x, ...kept]) tensor.dispose();
  backend.destroy();
});
