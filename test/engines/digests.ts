import { type Backend, createBackend, Tensor } from "webgpu-cnn";
import { existing } from "../../src/core/objects.js";
import { CASES, type Case } from "./cases.js";
import { fingerprint, seedOf } from "./fingerprint.js";
import type { Inputs } from "./inputs.js";
import { TRAININGS } from "./trainings.js";

/** A result, by the bits that it has here. */
export interface Digest {
  readonly name: string;
  readonly digest: string;
}

/** What `digests` gives. */
export interface Digests {
  readonly threads: number | undefined;
  readonly whyFewerThreads: string | undefined;
  readonly list: readonly Digest[];
}

/** Computes everything whose bits must be the same on every engine. */
export async function digests(threads: number): Promise<Digests> {
  const backend = await createBackend({ kind: "wasm", threads });
  const list: Digest[] = [];
  for (const each of CASES) list.push(...(await digestsOf(backend, each)));
  for (const { name, run } of TRAININGS) list.push({ name, digest: fingerprint(await run(backend)) });
  const { whyFewerThreads } = backend.info;
  const used = backend.info.threads;
  backend.destroy();
  return { threads: used, whyFewerThreads, list };
}

/** Where the tensors of a case lie, if the backend has no others. */
export interface Placement {
  /** The input that comes first in memory. */
  readonly first?: string;
  /** So many elements are free before the inputs, so an output may come there. */
  readonly freeElements?: number;
}

/** The results of one case, for each of its inputs. They leave no tensors behind. */
export async function digestsOf(backend: Backend, each: Case, placement: Placement = {}): Promise<readonly Digest[]> {
  const list: Digest[] = [];
  for (const inputs of each.inputs) {
    list.push({ name: `${each.name}, ${inputs.name}`, digest: await digestOf(backend, each, inputs, placement) });
  }
  return list;
}

async function digestOf(
  backend: Backend,
  { name, shapes, compute }: Case,
  { fill }: Inputs,
  { first, freeElements = 0 }: Placement,
): Promise<string> {
  const results = backend.tidy(() => {
    const made = new Map<string, Tensor>();
    const hole = freeElements > 0 ? backend.zeros([freeElements]) : undefined;
    const entries = Object.entries(shapes).sort(([a], [b]) => Number(b === first) - Number(a === first));
    for (const [input, shape] of entries) {
      const values = new Float32Array(shape.reduce((size, extent) => size * extent, 1));
      fill(values, seedOf(`${name} ${input}`));
      made.set(input, backend.tensor(values, shape));
    }
    hole?.dispose();
    return tensorsIn(compute((input) => existing(made.get(input))));
  });
  if (results.length === 0) throw new Error(`${name} gives no tensors`);
  const values = await Promise.all(results.map((tensor) => tensor.read()));
  for (const tensor of results) tensor.dispose();
  return fingerprint(values);
}

/** The tensors in arrays and objects, in their order. */
function tensorsIn(value: unknown): readonly Tensor[] {
  if (value instanceof Tensor) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(tensorsIn) : [];
}
