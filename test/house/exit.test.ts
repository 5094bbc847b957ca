import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { root } from "./files.js";

describe("a script that never destroys its backend", () => {
  const script = (kind: string, last: string) => `
    import { createBackend, maxPool2d } from "webgpu-cnn";
    import { ensureAdapter } from ${JSON.stringify(join(root, "tools/softwareAdapter.mjs"))};
    await ensureAdapter();
    const backend = await createBackend({ kind: "${kind}", threads: 3 });
    const y = maxPool2d(backend.full([1, 4, 4, 1], 3), { windowDimensions: 2 });
    ${last}
    console.log("the end of", backend.kind);
  `;

  test.each([
    ["webgpu", "after all reads", "await y.read();"],
    ["webgpu", "with queued work", ""],
    ["webgpu", "with running work", "backend.flush();"],
    ["wasm", "after all reads", "await y.read();"],
    ["wasm", "with queued work", ""],
    ["cpu", "after all reads", "await y.read();"],
  ])("exits by itself on %s %s", async (kind, _when, last) => {
    const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
    try {
      const program = join(folder, "script.ts");
      writeFileSync(program, script(kind, last));
      // Rejects if the process fails, or is killed because it does not end.
      const { stdout } = await promisify(execFile)(process.execPath, [join(root, "tools/run.mjs"), program], {
        timeout: 30_000,
        killSignal: "SIGKILL",
      });
      expect(stdout).toBe(`the end of ${kind}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
