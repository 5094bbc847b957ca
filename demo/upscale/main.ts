import { readFile } from "node:fs/promises";
import { loadTfjs } from "webgpu-cnn/keras";
import { tiled } from "webgpu-cnn/nn";
import { openBackend } from "../backend.js";
import { reportFailure } from "../commandLine.js";
import { bar, duration } from "../train/progressBar.js";
import { readUpscaleArguments, type UpscaleArguments, USAGE } from "./arguments.js";
import { readPicture, writePicture } from "./picture.js";

/** How far the networks look, in pixels of the input: one for each 3×3 convolution, two for the 5×5 one. */
const REACH = { slim: 10, medium: 18 } as const;

try {
  const given = readUpscaleArguments(process.argv.slice(2));
  if (given) await upscale(given);
  else console.log(USAGE);
} catch (error) {
  reportFailure(error, USAGE);
}

async function upscale({ picture, model: size, scale, tile, backend: kind, threads, out }: UpscaleArguments) {
  const image = await readPicture(picture);
  const { backend, name, why } = await openBackend({ kind, threads });
  console.log(`backend ${name} (${why})`);
  const folder = new URL(`../../node_modules/@upscalerjs/esrgan-${size}/models/x${scale}/`, import.meta.url);
  const modelJson = await readFile(new URL("model.json", folder), "utf8");
  const weights = await readFile(new URL("group1-shard1of1.bin", folder));
  const model = await loadTfjs({ modelJson, weights }, backend);
  const run = tiled(model, { tile, overlap: REACH[size] }).predict(image, { output: "uint8" });
  const started = performance.now();
  for await (const { done, total } of run) show(done, total, (performance.now() - started) / 1000);
  const result = await run;
  await writePicture(out, result);
  const [height, width] = result.shape;
  const seconds = (performance.now() - started) / 1000;
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${out}: ${width} × ${height} pixels in ${seconds.toFixed(1)} s, with at most ${mebibytes} MiB of memory`,
  );
  model.dispose();
  backend.destroy();
}

/** On a terminal, one line that is rewritten; elsewhere, a line at every tenth. */
function show(done: number, total: number, seconds: number): void {
  const line = `${bar(done / total, 24)} ${done} of ${total} tiles  ${duration((seconds / done) * (total - done))} left`;
  const { stdout } = process;
  if (stdout.isTTY) stdout.write(`\r\x1b[2K${line.slice(0, stdout.columns - 1)}${done === total ? "\n" : ""}`);
  else if (Math.floor((10 * done) / total) > Math.floor((10 * (done - 1)) / total)) stdout.write(`${line}\n`);
}
