const MODULUS = 2n ** 32n;

/** pcg4d of Jarzynski and Olano, in integers of any size and a modulus, line by line from the paper. */
export function pcg4d(counter: readonly number[]): number[] {
  let [x = 0n, y = 0n, z = 0n, w = 0n] = counter.map((value) => (BigInt(value) * 1664525n + 1013904223n) % MODULUS);
  const mix = () => {
    x = (x + y * w) % MODULUS;
    y = (y + z * x) % MODULUS;
    z = (z + x * y) % MODULUS;
    w = (w + y * z) % MODULUS;
  };
  mix();
  [x, y, z, w] = [x ^ (x >> 16n), y ^ (y >> 16n), z ^ (z >> 16n), w ^ (w >> 16n)];
  mix();
  return [x, y, z, w].map(Number);
}

/** The bits of element i: lane i mod 4 of the hash of ⌊i / 4⌋, the step and the seed's halves, the high one mixed with the replica. */
export function randomBits(seed: number, step: number, i: number, replica = 0): number {
  const whole = BigInt(seed);
  const counter = [
    Math.floor(i / 4),
    step,
    Number(whole % MODULUS),
    Number((whole / MODULUS) ^ BigInt(replica)) + replica * 2 ** 21,
  ];
  return pcg4d(counter)[i % 4] ?? Number.NaN;
}
