import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadImage } from "@napi-rs/canvas";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { FOLDER } from "../../examples/face/original.js";
import { blocksOf, ProgramFolder, programOf, root } from "./support/pages.js";

const EXAMPLE = join(root, "examples/face");

const blocks = blocksOf("docs/guides/porting.md").filter(({ language }) => language === "ts");
const first = blocks.filter(({ section }) => section === "One layer first").map(({ code }) => code);
const parts = blocks.filter(({ section }) => section !== "One layer first").map(({ code }) => code);

test("each block of the guide is a part of the example, word for word", async () => {
  const files = await Promise.all((await readdir(EXAMPLE)).map((name) => readFile(join(EXAMPLE, name), "utf8")));
  expect(parts.length).toBeGreaterThan(5);
  for (const code of parts) expect(files.filter((text) => text.includes(code)).length, code).toBe(1);
});

test("the blocks of the guide compile in strict mode", async () => {
  const given = `
import { type Backend, type Tensor } from "webgpu-cnn";
declare const [steps, out]: readonly [readonly (readonly [string, Float32Array])[], string];
declare const backend: Backend;
declare const x: Tensor;
declare const model: Sequential;
`;
  const folder = new ProgramFolder(programOf([given, ...parts, "export {};"]));
  try {
    expect(await folder.typeErrors()).toBe("");
  } finally {
    folder.remove();
  }
});

describe("the network of one layer", () => {
  const folder = new ProgramFolder(programOf(first));
  afterAll(() => folder.remove());

  test("compiles in strict mode", async () => {
    expect(await folder.typeErrors()).toBe("");
  });

  test("gives what the guide says", async () => {
    const output = (await folder.run()).match(/\[[^\]]*\]/)?.[0] ?? "";
    expect(output.match(/-?[\d.]+/g)?.map(Number)).toEqual([2.5, -1, 4.5, -2, 6.5, -3, 8.5, -4]);
  });
});

describe("the programs of the guide", () => {
  const [program, script, ...words] = process.argv;
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "webgpu-cnn-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  afterEach(() => {
    process.argv = [program ?? "", script ?? "", ...words];
    vi.restoreAllMocks();
  });

  /** Runs a program in this process, with arguments. @returns what it prints */
  async function run(load: () => Promise<unknown>, ...given: readonly string[]): Promise<string> {
    const lines: unknown[] = [];
    vi.spyOn(console, "log").mockImplementation((line: unknown) => void lines.push(line));
    process.argv = [program ?? "", script ?? "", ...given];
    await load();
    return lines.join("\n");
  }

  test("find the faces of a picture, and draw boxes", async () => {
    const [picture, out] = [fileURLToPath(new URL("demo/sample5.jpg", FOLDER)), join(folder, "faces.png")];
    const output = await run(() => import("../../examples/face/main.js"), picture, out);
    expect(output.match(/a face of \d+ × \d+ pixels/g)?.length).toBe(5);
    const [drawn, given] = [await loadImage(out), await loadImage(picture)];
    expect([drawn.width, drawn.height]).toEqual([given.width, given.height]);
  });

  test("compare each step with the original", async () => {
    const output = await run(() => import("../../examples/face/compare.js"));
    const differences = [...output.matchAll(/: (\S+) of the largest value/g)].map(([, difference]) =>
      Number(difference),
    );
    expect(differences).toHaveLength(7);
    for (const difference of differences) expect(difference).toBeLessThan(1e-5);
  });

  test("write one file with layers and weights, and load it", async () => {
    const out = join(folder, "faces.safetensors");
    expect(await run(() => import("../../examples/face/save.js"), out)).toContain("conv8");
    // 193,321 weights of four bytes, and the names.
    expect(Math.abs((await stat(out)).size - 4 * 193_321)).toBeLessThan(8_000);
  });
});
