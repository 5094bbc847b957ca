import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { OwnLoop } from "../../examples/kit/ownLoop.js";

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "cpu" });
});
afterAll(() => backend.destroy());

test("a loop of one's own has a line for each loss, and says in which epoch it is", async () => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const log = vi.spyOn(console, "log").mockReturnValue();
  const loop = new OwnLoop({ epochs: 2, steps: 5, batchSize: 4 });
  for (const step of [1, 5, 6, 10]) {
    await loop.report(step, { critic: backend.full([], step), generator: backend.full([], -step) });
  }
  loop.end();
  const written = write.mock.calls.map(([text]) => String(text)).join("");
  write.mockRestore();
  log.mockRestore();
  expect(loop.curves.line("critic")).toMatchObject({ steps: [1, 5, 6, 10], values: [1, 5, 6, 10] });
  expect(loop.curves.line("generator")).toMatchObject({ values: [-1, -5, -6, -10] });
  expect(written).toMatch(/epoch 1\/2 .*epoch 2\/2 /s);
  expect(written).toContain("critic 5.500");
});
