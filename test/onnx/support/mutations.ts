import { RandomNumbers } from "../../../src/core/random.js";

/** A damaged copy of a file: some bytes are changed, cut out, doubled or added. */
export function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  const random = new RandomNumbers(seed, 11);
  const upTo = (most: number) => Math.floor(random.uniform() * most);
  const result = [...bytes];
  for (let times = 1 + upTo(4); times > 0; times--) {
    const at = upTo(result.length);
    const kind = upTo(6);
    if (kind < 2) result[at] = upTo(256);
    else if (kind === 2) result[at] = (result[at] ?? 0) ^ (1 << upTo(8));
    else if (kind === 3) result.splice(at, 1 + upTo(8));
    else if (kind === 4) result.splice(at, 0, ...result.slice(at, at + 1 + upTo(16)));
    else result.splice(at, 0, 255, 255, 255, 255, 127);
  }
  return Uint8Array.from(upTo(20) === 0 ? result.slice(0, upTo(result.length)) : result);
}
