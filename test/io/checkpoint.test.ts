import { execFile, spawn } from "node:child_process";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileFormatError, OptionError } from "webgpu-cnn";
import { encodeSafetensors, loadCheckpoint, saveCheckpoint } from "webgpu-cnn/io";
import { expectError, rejectionOf, wrong } from "../support/refusals.js";

const run = promisify(execFile);
const runner = fileURLToPath(new URL("../../tools/run.mjs", import.meta.url));

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "webgpu-cnn-"));
  path = join(folder, "model.safetensors");
});
afterEach(() => rm(folder, { recursive: true }));

const MEBI = 2 ** 20;
/** Tensors with `step` in every element. A mixture of two checkpoints would show. */
const checkpoint = (step: number, elements = 4) => ({
  tensors: { w: { shape: [elements], data: new Float32Array(elements).fill(step) } },
  metadata: { step: String(step) },
});

/** The step of the saved checkpoint. Fails if the file is not complete. */
async function savedStep(): Promise<number> {
  const { tensors, metadata } = await loadCheckpoint(path);
  const step = Number(metadata["step"]);
  expect(tensors.get("w")?.data.every((value) => value === step)).toBe(true);
  return step;
}

/** A program for a separate process that does `work` with the folder and the number of elements. */
async function programOf(work: string): Promise<string> {
  const program = join(folder, "program.ts");
  await writeFile(
    program,
    `import { saveCheckpoint } from "webgpu-cnn/io";
    const save = (step, elements) => saveCheckpoint(${JSON.stringify(path)}, {
      tensors: { w: { shape: [elements], data: new Float32Array(elements).fill(step) } },
      metadata: { step: String(step) },
    });
    ${work}`,
  );
  return program;
}

const temporaries = async () => (await readdir(folder)).filter((name) => name.endsWith(".tmp"));

describe("saveCheckpoint and loadCheckpoint", () => {
  test("write the bytes of encodeSafetensors and read them back", async () => {
    await saveCheckpoint(path, checkpoint(1));
    expect(new Uint8Array(await readFile(path))).toEqual(encodeSafetensors(checkpoint(1)));
    expect(await savedStep()).toBe(1);
  });

  test("replace the previous checkpoint and leave no other file behind", async () => {
    await saveCheckpoint(path, checkpoint(1, 1000));
    await saveCheckpoint(path, checkpoint(2));
    expect(await savedStep()).toBe(2);
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  test("accept a name without a folder and many writers at once", async () => {
    await Promise.all(Array.from({ length: 8 }, (_, step) => saveCheckpoint(path, checkpoint(step, 10_000))));
    expect(await savedStep()).toBeGreaterThanOrEqual(0);
    expect(await temporaries()).toEqual([]);
    const before = process.cwd();
    process.chdir(folder);
    try {
      await saveCheckpoint("bare.safetensors", checkpoint(3));
      expect((await loadCheckpoint("bare.safetensors")).metadata["step"]).toBe("3");
    } finally {
      process.chdir(before);
    }
  });

  test("save the values at the call", async () => {
    const { tensors, metadata } = checkpoint(1, MEBI);
    const saved = saveCheckpoint(path, { tensors, metadata });
    tensors.w.data.fill(2);
    await saved;
    expect(await savedStep()).toBe(1);
  });

  // The longest name on Linux has 255 bytes. "重" has three.
  test.each(["m".repeat(255), "重".repeat(85), `m${"重".repeat(84)}`])("accept a long name, %s", async (name) => {
    path = join(folder, name);
    await saveCheckpoint(path, checkpoint(1));
    expect(await savedStep()).toBe(1);
    expect(await readdir(folder)).toEqual([name]);
  });

  test("report the first error, not an error of the cleanup", async () => {
    const error = await rejectionOf(() => saveCheckpoint(join(folder, "m".repeat(256)), checkpoint(1)));
    expect(error).toMatchObject({ code: "ENAMETOOLONG" });
    await writeFile(path, "");
    await expect(saveCheckpoint(join(path, "inside"), checkpoint(1))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  const onPosix = test.skipIf(process.platform === "win32");

  onPosix("keep the mode of a file that is replaced", async () => {
    await saveCheckpoint(path, checkpoint(1));
    for (const mode of [0o600, 0o640, 0o666, 0o444]) {
      await chmod(path, mode);
      await saveCheckpoint(path, checkpoint(mode));
      expect((await stat(path)).mode & 0o7777).toBe(mode);
      expect(await savedStep()).toBe(mode);
    }
  });

  onPosix("follow symbolic links to an existing file and to a missing one", async () => {
    await mkdir(join(folder, "runs", "deep"), { recursive: true });
    // The path begins in a folder that is itself a link. ".." is the parent of the link's target.
    await symlink(join("runs", "deep"), join(folder, "now"));
    await symlink(join("..", "best"), join(folder, "runs", "deep", "latest"));
    path = join(folder, "now", "latest");
    for (const step of [1, 2]) {
      await saveCheckpoint(path, checkpoint(step));
      expect(await savedStep()).toBe(step);
      expect(await readlink(path)).toBe(join("..", "best"));
      expect((await lstat(join(folder, "runs", "best"))).isFile()).toBe(true);
      expect(await readdir(join(folder, "runs"))).toEqual(["best", "deep"]);
    }
    await symlink("loop", join(folder, "loop"));
    await expect(saveCheckpoint(join(folder, "loop"), checkpoint(1))).rejects.toMatchObject({ code: "ELOOP" });
  });

  onPosix("write to a pipe and keep it", async () => {
    await run("mkfifo", [path]);
    const read = readFile(path);
    await saveCheckpoint(path, checkpoint(1));
    expect(new Uint8Array(await read)).toEqual(encodeSafetensors(checkpoint(1)));
    expect((await stat(path)).isFIFO()).toBe(true);
  });

  test.each<readonly [message: string, call: () => Promise<unknown>]>([
    [
      "saveCheckpoint: file must be an object such as { tensors: … }, got undefined",
      () => saveCheckpoint("model", wrong(undefined)),
    ],
    [
      "saveCheckpoint: file must be { tensors, metadata }, got { tensor }; the tensors by name are one of its parts, the metadata the other",
      () => saveCheckpoint("model", wrong({ tensor: {} })),
    ],
    [
      "saveCheckpoint: tensors must be a Map or an object by name, got undefined",
      () => saveCheckpoint("model", wrong({ tensors: undefined })),
    ],
    [
      'saveCheckpoint: path must be a file\'s path such as "model.safetensors", got a URL; use fileURLToPath(url)',
      () => saveCheckpoint(wrong(new URL("file:///model")), checkpoint(1)),
    ],
    [
      'saveCheckpoint: path must be a file\'s path such as "model.safetensors", got ""',
      () => saveCheckpoint("", checkpoint(1)),
    ],
    [
      'loadCheckpoint: path must be a file\'s path such as "model.safetensors", got undefined',
      () => loadCheckpoint(wrong(undefined)),
    ],
  ])("%s", async (message, call) => expectError(await rejectionOf(call), OptionError, message));

  test("a wrong value is refused before a file is touched", async () => {
    const error = await rejectionOf(() => saveCheckpoint(path, { tensors: {}, metadata: { step: wrong(3) } }));
    expectError(error, OptionError, 'saveCheckpoint: metadata "step" is 3, expected a string; JSON.stringify it');
    expect(await readdir(folder)).toEqual([]);
  });

  test("a file that is cut off at any byte is refused with its name", async () => {
    await saveCheckpoint(path, checkpoint(1));
    const { size } = await stat(path);
    for (let length = size - 1; length >= 0; length--) {
      await truncate(path, length);
      const error = await rejectionOf(() => loadCheckpoint(path));
      expectError(
        error,
        FileFormatError,
        new RegExp(`^loadCheckpoint: ${path}: the file (is cut off: it )?has ${length} bytes, `),
      );
    }
  });

  test("a missing file and a folder give Node's errors", async () => {
    await expect(loadCheckpoint(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(loadCheckpoint(folder)).rejects.toMatchObject({ code: "EISDIR" });
    await expect(saveCheckpoint(join(folder, "none", "model"), checkpoint(1))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});

describe("a checkpoint outlives", () => {
  test("a rename that fails, and the temporary file is removed", async () => {
    await mkdir(join(path, "inside"), { recursive: true });
    await expect(saveCheckpoint(path, checkpoint(1))).rejects.toMatchObject({ syscall: "rename" });
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  // The shell's limit on the size of a file stops a write in its middle, like a full disk. Windows has no such limit.
  test.skipIf(process.platform === "win32")("a full disk, and the temporary file is removed", async () => {
    await saveCheckpoint(path, checkpoint(1));
    const program = await programOf(
      `await save(2, ${MEBI}).then(() => console.log("saved"), ({ code }) => console.log(code));`,
    );
    const { stdout } = await run("sh", ["-c", `ulimit -f 2048; exec "$@"`, "sh", process.execPath, runner, program]);
    expect(stdout.trim()).toBe("EFBIG");
    expect(await savedStep()).toBe(1);
    expect(await temporaries()).toEqual([]);
  });

  test("a process that is killed in the middle of writing", async () => {
    await saveCheckpoint(path, checkpoint(1));
    const program = await programOf(
      `console.log("saving"); for (let step = 2; ; step++) await save(step, ${4 * MEBI});`,
    );
    const tornAt: number[] = [];
    const whole = encodeSafetensors(checkpoint(2, 4 * MEBI)).length;
    // Repeats until a kill leaves a half-written file.
    for (let attempt = 0; tornAt.length === 0; attempt++) {
      expect(attempt).toBeLessThan(20);
      const child = spawn(process.execPath, [runner, program], { stdio: ["ignore", "pipe", "inherit"] });
      const exited = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      while ((await temporaries()).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      child.kill("SIGKILL");
      await exited;
      expect(await savedStep()).toBeGreaterThanOrEqual(1);
      for (const name of await temporaries()) {
        const { size } = await stat(join(folder, name));
        if (size < whole) tornAt.push(size);
        await rm(join(folder, name));
      }
    }
    // The next run continues with that folder.
    await saveCheckpoint(path, checkpoint(9));
    expect(await savedStep()).toBe(9);
  });
});
