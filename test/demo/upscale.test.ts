import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCanvas } from "@napi-rs/canvas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../../demo/commandLine.js";
import { readUpscaleArguments } from "../../demo/upscale/arguments.js";
import { readPicture } from "../../demo/upscale/picture.js";

const run = promisify(execFile);
const FOLDER = "node_modules/@upscalerjs/esrgan-slim/assets";

describe("npm run upscale", () => {
  let directory = "";
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "upscale-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const upscale = (...words: readonly string[]) =>
    run(process.execPath, ["tools/run.mjs", "demo/upscale/main.ts", ...words]);

  test("writes the published picture from tiles, and shows how far it is", async () => {
    const out = join(directory, "large.png");
    const { stdout } = await upscale(`${FOLDER}/fixture.png`, "--tile", "80", "--backend", "wasm", "--out", out);
    expect(stdout).toMatch(/▏ 4 of 4 tiles {2}0:00 left\n.*large\.png: 256 × 256 pixels in .* MiB of memory\n$/);
    const [own, published] = [await readPicture(out), await readPicture(`${FOLDER}/samples/2x/result.png`)];
    expect(own.shape).toEqual(published.shape);
    const differences = own.data.map((value, i) => Math.abs(value - (published.data[i] ?? Number.NaN)));
    expect(Math.max(...new Set(differences))).toBeLessThanOrEqual(1);
    expect(differences.filter((difference) => difference > 0).length / own.data.length).toBeLessThan(1e-4);
  });

  test("what is transparent becomes white", async () => {
    const path = join(directory, "clear.png");
    await writeFile(path, await createCanvas(2, 1).encode("png"));
    expect(await readPicture(path)).toEqual({ shape: [1, 2, 3], data: new Uint8ClampedArray(6).fill(255) });
  });

  test("reads its arguments, and refuses others", () => {
    const defaults = {
      picture: "a/photo.jpg",
      model: "slim",
      scale: 2,
      tile: 128,
      backend: "auto",
      threads: undefined,
    };
    expect(readUpscaleArguments(["a/photo.jpg"])).toEqual({ ...defaults, out: "photo-2x.png" });
    const words = "p.png --model medium --scale 3 --tile 256 --backend cpu --threads 2 --out b.png".split(" ");
    const all = { picture: "p.png", model: "medium", scale: 3, tile: 256, backend: "cpu", threads: 2, out: "b.png" };
    expect(readUpscaleArguments(words)).toEqual(all);
    expect(readUpscaleArguments(["--help"])).toBeUndefined();
    const refused = (message: RegExp, ...words: readonly string[]) => {
      expect(() => readUpscaleArguments(words)).toThrow(UsageError);
      expect(() => readUpscaleArguments(words)).toThrow(message);
    };
    refused(/^0 pictures were given, expected one/);
    refused(/^2 pictures were given/, "a", "b");
    refused(/^--modl is not an option; did you mean --model\?$/, "a", "--modl", "slim");
    refused(/^--model is "large", expected slim or medium$/, "a", "--model", "large");
    refused(/^--scale is "8", expected a whole number from 2 to 4$/, "a", "--scale", "8");
    refused(/^--tile is "32"/, "a", "--tile", "32");
    refused(/^--backend is "gpu"/, "a", "--backend", "gpu");
  });

  test("a file that is no picture is refused", async () => {
    await expect(readPicture("package.json")).rejects.toThrow(UsageError);
    await expect(readPicture("package.json")).rejects.toThrow(/^package\.json cannot be read as a picture: /);
  });
});
