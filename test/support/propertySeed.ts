/**
 * A seed for a property test that is another one in each run, so that CI sees more programs than the developers did. It is printed. To run
 * the same again, set VITE_SEED to it.
 */
export function propertySeed(what: string): number {
  const given: unknown = import.meta.env["VITE_SEED"];
  const seed = typeof given === "string" ? Number(given) : Date.now() % 2 ** 31;
  console.log(`${what}: seed ${seed} (VITE_SEED=${seed} runs the same)`);
  return seed;
}
