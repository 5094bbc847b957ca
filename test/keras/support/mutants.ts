import { type Backend, WebGPUCNNError } from "webgpu-cnn";
import { loadKeras, loadTfjs, readTfjsWeights } from "webgpu-cnn/keras";
import { existing } from "../../../src/core/objects.js";
import { mulberry32 } from "../../support/random.js";
import { fileOf, storedModel, textOf } from "./stored.js";

/** Values that lengths, addresses and counts are replaced by. */
const EXTREMES = [0, 1, 2, 7, 8, 127, 128, 254, 255];
/** What numbers and words in JSON are replaced by. */
const JSON_VALUES = [
  "null",
  "-1",
  "0",
  "1e9",
  "1e300",
  '""',
  "[]",
  "{}",
  "true",
  '"valid"',
  "[null,0]",
  '"channels_first"',
];

/** Bytes with some of them changed, cut off, or copied to another place. */
function mutatedBytes(bytes: Uint8Array, next: () => number): Uint8Array<ArrayBuffer> {
  const at = () => Math.floor(next() * bytes.length);
  const copy = new Uint8Array(bytes);
  const changes = 1 + Math.floor(next() * 4);
  for (let i = 0; i < changes; i++) {
    const kind = next();
    if (kind < 0.5) copy[at()] = existing(EXTREMES[Math.floor(next() * EXTREMES.length)]);
    else if (kind < 0.8) copy[at()] = Math.floor(256 * next());
    else if (kind < 0.95) copy.copyWithin(at(), at(), at());
    else return copy.slice(0, at());
  }
  return copy;
}

/** A JSON text with some values replaced, or some letters. */
function mutatedJson(text: string, next: () => number): string {
  const values = [...text.matchAll(/(?<=[:,[])(?:"[^"]*"|-?[\d.]+|true|false|null|\[[^[\]]*\])/g)];
  let changed = text;
  const changes = 1 + Math.floor(next() * 3);
  for (let i = 0; i < changes; i++) {
    const { index, 0: value } = existing(values[Math.floor(next() * values.length)]);
    const other =
      next() < 0.5
        ? existing(values[Math.floor(next() * values.length)])[0]
        : existing(JSON_VALUES[Math.floor(next() * JSON_VALUES.length)]);
    // Earlier changes may have moved it. Then another place is changed.
    changed = changed.slice(0, index) + other + changed.slice(index + value.length);
  }
  return changed;
}

/**
 * Loads mutants of small files of all formats.
 *
 * @returns how many were loaded, and how many were refused
 * @throws what is no error of this library
 */
export async function loadMutants(
  backend: Backend,
  count: number,
  seed: number,
): Promise<{ loaded: number; refused: number }> {
  const next = mulberry32(seed);
  const model = storedModel("functions");
  const [h5, weights, chunks] = [
    await fileOf(storedModel("nested"), "h5"),
    await fileOf(model, "weights"),
    await fileOf(storedModel("sequential"), "chunks"),
  ];
  const [json, shard] = [
    await textOf(storedModel("nested"), "modelJson"),
    await fileOf(storedModel("nested"), "shard"),
  ];
  const manifest = JSON.stringify(JSON.parse(json).weightsManifest);
  const whole = await fileOf(model, "keras");
  const target = await loadKeras(whole, backend);
  const tries = [
    () => loadKeras(mutatedBytes(h5, next), backend),
    () => loadKeras(mutatedBytes(weights, next), backend, { model: target }),
    () => loadKeras(mutatedBytes(chunks, next), backend),
    () => loadKeras(mutatedBytes(whole, next), backend),
    () => loadTfjs({ modelJson: mutatedJson(json, next), weights: shard }, backend),
    () => loadTfjs({ modelJson: json, weights: mutatedBytes(shard, next) }, backend),
    async () => {
      readTfjsWeights({ manifest: mutatedJson(manifest, next), weights: shard });
      return target;
    },
  ];
  const counts = { loaded: 0, refused: 0 };
  for (let i = 0; i < count; i++) {
    try {
      const loaded = await existing(tries[i % tries.length])();
      if (loaded !== target) loaded.dispose();
      counts.loaded++;
    } catch (error) {
      if (!(error instanceof WebGPUCNNError)) throw new Error(`mutant ${i} of seed ${seed}`, { cause: error });
      counts.refused++;
    }
  }
  target.dispose();
  return counts;
}
